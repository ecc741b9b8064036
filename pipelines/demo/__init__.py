"""The demo operator: invented customers, three months of calls, requests and bank files, the same every time."""

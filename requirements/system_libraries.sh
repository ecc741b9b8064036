#!/bin/sh
# See to the system libraries that WeasyPrint draws pages with. Exit 0 when they are there.
set -u
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
missing=""
for package in $packages; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -z "$missing" ] && exit 0
line="apt-get update && apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..."
    sh -c "$line" >/dev/null 2>&1 && exit 0
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    echo "Installing$missing ..."
    sudo -n sh -c "$line" >/dev/null 2>&1 && exit 0
fi
echo "WeasyPrint needs$missing. Run this line as administrator, then the command again:" >&2
echo "  $line" >&2
exit 1

# For scripts that take programs from Debian's packages. `need_apt NAMES` ends them where there is no apt-get; then
# `as_root COMMAND` runs as root, by sudo where this is somebody else.
need_apt() {
    if ! command -v apt-get >/dev/null; then
        echo "standdown: please install $* (there is no apt-get here)" >&2
        exit 2
    fi
}
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

#!/bin/sh
# inetd, which starts a program for each client: cat. The port is the first argument.
# Without the large number it would refuse a service that is called for more than 256 times a minute.
exec inetd -d /dev/stdin <<END
127.0.0.1:$1 stream tcp nowait.1000000 $(id -un) /bin/cat cat
END

// Step 02 in Go: a goroutine and io.Copy for each client, which splices in the kernel if nobody wants to see the bytes.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

const help = `Echoes every byte back, to any number of clients at once.

Usage: right_02_io_copy [[HOST] PORT] [--quiet]

  HOST PORT  where to listen; port 0 lets the system choose (default: localhost 8080)
  --quiet    leave out the lines Received and Echoed

Example: right_02_io_copy 127.0.0.1 4444
`

var quiet bool

func main() {
	// A closed standard output would leave its number to the first socket.
	for fd := 0; fd < 3; {
		fd, _ = syscall.Open("/dev/null", syscall.O_RDWR, 0)
	}
	signal.Ignore(syscall.SIGPIPE) // nobody reads the output
	host, port := parse(os.Args[1:])
	address := net.JoinHostPort(host, port)
	listener, err := listen(host, port)
	if err != nil {
		fmt.Fprintf(os.Stderr, "Error: cannot listen on %s: %s\n", address, reason(err))
		os.Exit(1)
	}
	port = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	fmt.Printf("Server listening on %s...\n", net.JoinHostPort(host, port))
	for {
		client, err := listener.Accept()
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go serve(client)
	}
}

func serve(client net.Conn) {
	peer := client.RemoteAddr()
	fmt.Printf("Connection from %s\n", peer)
	defer fmt.Printf("Connection closed: %s\n", peer)
	defer client.Close()
	if quiet {
		io.Copy(client, client)
		return
	}
	io.Copy(echo{client}, struct{ io.Reader }{client})
}

// Prints what it writes.
type echo struct{ client net.Conn }

func (e echo) Write(data []byte) (int, error) {
	fmt.Printf("Received from %s: %s\n", e.client.RemoteAddr(), printable(data))
	count, err := e.client.Write(data)
	if err == nil {
		fmt.Printf("Echoed to %s: %s\n", e.client.RemoteAddr(), printable(data))
	}
	return count, err
}

// net.Listen itself would take all addresses of localhost's family that it likes best; IPv4 comes first here.
func listen(host, port string) (net.Listener, error) {
	addresses, err := net.LookupIP(host)
	if err != nil {
		return nil, err
	}
	best := addresses[0]
	for _, address := range addresses {
		if address.To4() != nil {
			best = address
			break
		}
	}
	return net.Listen("tcp", net.JoinHostPort(best.String(), port))
}

// The innermost reason: the others repeat the address.
func reason(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}

func parse(words []string) (string, string) {
	var place []string
	for _, word := range words {
		switch {
		case word == "--help":
			fmt.Print(help)
			os.Exit(0)
		case word == "--quiet":
			quiet = true
		case strings.HasPrefix(word, "--") || len(place) == 2:
			refuse("unexpected argument " + strconv.Quote(word))
		default:
			place = append(place, word)
		}
	}
	host, port := "localhost", "8080"
	if len(place) > 0 {
		port = place[len(place)-1]
	}
	if len(place) == 2 {
		host = place[0]
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		refuse("the port must be a number from 0 to 65535, not " + strconv.Quote(port))
	}
	return host, port
}

func refuse(reason string) {
	fmt.Fprintf(os.Stderr, "Error: %s\n\n%s", reason, help)
	os.Exit(2)
}

// On one line, without its line ending, escaped and cut.
func printable(data []byte) string {
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	var shown strings.Builder
	count := 0
	for _, c := range text {
		if count == 80 {
			shown.WriteString("...")
			break
		}
		count++
		if unicode.IsPrint(c) && c != '\\' {
			shown.WriteRune(c)
		} else {
			shown.WriteString(strings.Trim(strconv.QuoteRuneToASCII(c), "'"))
		}
	}
	return shown.String()
}

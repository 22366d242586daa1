package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/aprakasa/mikronec/internal/doctor"
)

const doctorUsage = `mikronec doctor [flags] ROUTER-ADDRESS

Checks what keeps a router from being watched, and prints what to type at it to
mend that. Nothing is changed at the router. The password is asked for, or read
from standard input: mikronec doctor -user mikronec 192.0.2.1 < password.txt

`

// errUnhealthy ends the program with status 1; what is wrong was printed.
var errUnhealthy = errors.New("this router can not be watched yet; see the lines with FAIL above")

// doctor examines one router.
func (p *Program) doctor(ctx context.Context, args []string) error {
	v := doctor.Target{Now: time.Now}
	f := flag.NewFlagSet("mikronec doctor", flag.ContinueOnError)
	f.SetOutput(p.Stderr)
	f.Usage = func() {
		_, _ = io.WriteString(p.Stderr, doctorUsage)
		f.PrintDefaults()
	}
	f.StringVar(&v.User, "user", "admin", "`name` to log in with")
	f.BoolVar(&v.TLS, "tls", false, "the port speaks TLS; 8729 does in any case")
	f.DurationVar(&v.Timeout, "timeout", 5*time.Second, "longest time of each step")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 || v.Timeout <= 0 {
		f.Usage()
		return errors.New("one address of a router is needed, and a positive -timeout")
	}
	v.Addr = f.Arg(0)
	var err error
	if v.Password, err = p.password(v.User); err != nil {
		return err
	}
	if !doctor.Examine(ctx, v, p.printFinding) {
		return errUnhealthy
	}
	_, err = fmt.Fprintln(p.Stdout, "This router can be watched.")
	return err
}

// password asks a person, without showing what is typed, or takes the first line
// of what a script gives.
func (p *Program) password(user string) (string, error) {
	if file, ok := p.Stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		_, _ = fmt.Fprintf(p.Stderr, "Password of %s: ", user)
		b, err := term.ReadPassword(int(file.Fd()))
		_, _ = fmt.Fprintln(p.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return string(b), nil
	}
	line, err := bufio.NewReader(io.LimitReader(p.Stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (p *Program) printFinding(f doctor.Finding) {
	_, _ = fmt.Fprintf(p.Stdout, "%-5s %-21s %s\n", f.State, f.Check, f.Detail)
	for _, line := range f.Fix {
		_, _ = fmt.Fprintf(p.Stdout, "      %-21s   %s\n", "", line)
	}
}

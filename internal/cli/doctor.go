package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/aprakasa/mikronec/internal/doctor"
)

const doctorUsage = `mikronec doctor [flags] ROUTER-ADDRESS

Checks whether a router can be monitored, and prints the RouterOS commands that fix
each problem. Nothing is changed on the router. The password is read from the
terminal or from standard input: mikronec doctor -user mikronec 192.0.2.1 < password.txt

`

// errUnhealthy ends the program with status 1, after the findings were printed.
var errUnhealthy = errors.New("router not ready for monitoring yet; see the FAIL lines above")

// doctor examines one router.
func (p *Program) doctor(ctx context.Context, args []string) error {
	target := doctor.Target{Now: time.Now}
	f := p.flags("mikronec doctor", doctorUsage)
	f.StringVar(&target.User, "user", "admin", "`name` to log in with")
	f.StringVar(&target.CodePage, "code-page", "", "`name` of the code page of user, password and comments that are not UTF-8, such as windows-1251; as code_page of POST /connect")
	f.BoolVar(&target.TLS, "tls", false, "the port uses TLS; 8729 always does")
	f.DurationVar(&target.Timeout, "timeout", 5*time.Second, "time limit for each step")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 || target.Timeout <= 0 {
		f.Usage()
		return errors.New("use mikronec doctor [flags] ROUTER-ADDRESS, with a positive -timeout")
	}
	target.Addr = f.Arg(0)
	var err error
	if target.Password, err = p.password(target.User); err != nil {
		return err
	}
	if !doctor.Examine(ctx, target, p.printFinding) {
		return errUnhealthy
	}
	_, err = fmt.Fprintln(p.Stdout, "This router is ready for monitoring.")
	return err
}

// password reads the password from the terminal without echo, or else the first line
// of standard input.
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

package cli

import (
	"bufio"
	"context"
	"crypto/x509"
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
each problem. Nothing is changed on the router. Without a port in the address, 8729
(api-ssl) is tried first and 8728 after it.

The password is read from the terminal or from standard input. It is sent only to a router
that is known by -fingerprint or -ca, or after a yes at the terminal, or with -yes:

  mikronec doctor -user mikronec -fingerprint SHA256 192.0.2.1 < password.txt


`

// errUnhealthy ends the program with status 1, after the findings were printed.
var errUnhealthy = errors.New("router not ready for monitoring yet; see the FAIL lines above")

// doctor examines one router.
func (p *Program) doctor(ctx context.Context, args []string) error {
	target := doctor.Target{Now: time.Now}
	f := p.flags("mikronec doctor", doctorUsage)
	f.StringVar(&target.User, "user", "admin", "`name` to log in with")
	f.StringVar(&target.CodePage, "code-page", "", "`name` of the code page of user, password and comments that are not UTF-8, such as windows-1251; as code_page of POST /connect")
	f.BoolVar(&target.TLS, "tls", false, "use TLS only; without a port in the address that is 8729")
	f.StringVar(&target.Fingerprint, "fingerprint", "", "`SHA-256` of the certificate of the router; implies -tls")
	ca := f.String("ca", "", "`file` of authorities in PEM, one of which signed the certificate of the router; implies -tls")
	f.StringVar(&target.ServerName, "server-name", "", "`name` in the certificate, with -ca; by default the host of the address")
	yes := f.Bool("yes", false, "send the password to whoever answers, without a question")
	f.DurationVar(&target.Timeout, "timeout", 5*time.Second, "time limit for each step")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 || target.Timeout <= 0 {
		f.Usage()
		return errors.New("use mikronec doctor [flags] ROUTER-ADDRESS, with a positive -timeout")
	}
	target.Addr = f.Arg(0)
	err := p.identity(&target, *ca)
	if err != nil {
		return err
	}
	target.Trust = func(question string) bool { return *yes || p.confirm(question) }
	if target.Password, err = p.password(target.User); err != nil {
		return err
	}
	if !doctor.Examine(ctx, target, p.printFinding) {
		return errUnhealthy
	}
	_, err = fmt.Fprintln(p.Stdout, "This router is ready for monitoring.")
	return err
}

// identity checks and reads how the router is known.
func (p *Program) identity(target *doctor.Target, ca string) (err error) {
	if target.Fingerprint, err = doctor.ParseFingerprint(target.Fingerprint); err != nil {
		return err
	}
	if ca == "" {
		return nil
	}
	pem, err := os.ReadFile(ca) // #nosec G304 -- named by the user
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s has no certificate in PEM form", ca)
	}
	target.CA = string(pem)
	return nil
}

// confirm asks a question at the terminal; without one the answer is no.
func (p *Program) confirm(question string) bool {
	file, ok := p.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return false
	}
	_, _ = fmt.Fprintf(p.Stderr, "%s [y/N] ", question)
	line, _ := bufio.NewReader(io.LimitReader(file, 100)).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
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

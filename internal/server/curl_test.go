package server_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// curlExample is a command of a document and the answer shown under it.
type curlExample struct {
	command string
	answer  string // empty where none is shown
}

// curlExamples finds the curl commands in the code blocks of a document. The
// next block of JSON or text, if it comes before the next command, is the
// answer to the last one.
func curlExamples(t *testing.T, text string) []curlExample {
	t.Helper()
	var list []curlExample
	for i, block := range strings.Split(text, "```") {
		if i%2 == 0 {
			continue
		}
		language, code, _ := strings.Cut(block, "\n")
		switch language {
		case "sh", "bash":
			for _, command := range commandsOf(code) {
				if strings.HasPrefix(command, "curl ") {
					list = append(list, curlExample{command: command})
				}
			}
		case "json", "text":
			if n := len(list); n > 0 && list[n-1].answer == "" {
				list[n-1].answer = code
			}
		}
	}
	return list
}

// commandsOf joins the lines of a shell script that belong together: a quote
// that is open or a backslash at the end goes on in the next line.
func commandsOf(script string) []string {
	var commands []string
	var command strings.Builder
	for line := range strings.Lines(script) {
		if command.Len() == 0 && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "") {
			continue
		}
		command.WriteString(line)
		text := strings.TrimSuffix(command.String(), "\n")
		if strings.Count(text, "'")%2 == 0 && !strings.HasSuffix(text, `\`) {
			commands = append(commands, text)
			command.Reset()
		}
	}
	return commands
}

// isStream reports whether a command goes on until somebody ends it.
func isStream(command string) bool { return strings.Contains(command, "/sse") }

// curlRunner executes commands; of a stream it returns what came up to the end
// of the first event.
type curlRunner struct {
	name string
	run  func(t *testing.T, command string, stream bool) string
}

// curlRunners are the real curl, where it is installed, and a reading of the
// few flags that the documents use, which any other client could do as well.
func curlRunners(t *testing.T) []curlRunner {
	t.Helper()
	runners := []curlRunner{{"a client of the test", runAsClient}}
	if _, err := exec.LookPath("curl"); err == nil {
		runners = append(runners, curlRunner{"curl", runInShell})
	}
	return runners
}

const curlPatience = 20 * time.Second

func runInShell(t *testing.T, command string, stream bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), curlPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	if stream { // the shell must not stand between the signal and curl
		cmd = exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	text := readOut(t, out, stream)
	if stream {
		cancel()
		_ = cmd.Wait() // killed
		return text
	}
	require.NoError(t, cmd.Wait(), "%s\n%s", command, problems.String())
	assert.Empty(t, problems.String(), command)
	return text
}

func runAsClient(t *testing.T, command string, stream bool) string {
	t.Helper()
	var text strings.Builder
	for _, words := range shellWords(t, command) {
		ctx, cancel := context.WithTimeout(t.Context(), curlPatience)
		req := curlRequest(ctx, t, words)
		resp, err := (&http.Client{Transport: inDocument(&http.Transport{DisableKeepAlives: true})}).Do(req)
		require.NoError(t, err, command)
		assert.Less(t, resp.StatusCode, http.StatusMultipleChoices, command)
		text.WriteString(readOut(t, resp.Body, stream))
		cancel()
		_ = resp.Body.Close()
	}
	return text.String()
}

// readOut reads everything, or of a stream up to the end of its first event.
func readOut(t *testing.T, r io.Reader, stream bool) string {
	t.Helper()
	if !stream {
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		return string(text)
	}
	var text strings.Builder
	lines := bufio.NewReaderSize(r, 64<<10)
	for inEvent := false; ; {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, "no event came: %s", text.String())
		text.WriteString(line)
		inEvent = inEvent || strings.HasPrefix(line, "data: ")
		if inEvent && line == "\n" {
			return text.String()
		}
	}
}

// shellWords splits a line into commands and those into words. It knows single
// quotes, a backslash before a line break, and semicolons.
func shellWords(t *testing.T, line string) [][]string {
	t.Helper()
	commands := [][]string{nil}
	var word strings.Builder
	inWord, quoted := false, false
	end := func() {
		if inWord {
			commands[len(commands)-1] = append(commands[len(commands)-1], word.String())
			word.Reset()
			inWord = false
		}
	}
	for _, r := range strings.ReplaceAll(line, "\\\n", " ") {
		switch {
		case r == '\'':
			quoted, inWord = !quoted, true
		case quoted:
			word.WriteRune(r)
		case r == ' ' || r == '\n':
			end()
		case r == ';':
			end()
			commands = append(commands, nil)
		default:
			require.NotContains(t, "\"\\$&|<>*?`", string(r), "the test does not know this shell syntax: %s", line)
			word.WriteRune(r)
			inWord = true
		}
	}
	end()
	require.False(t, quoted, "an open quote: %s", line)
	return slices.DeleteFunc(commands, func(words []string) bool { return len(words) == 0 })
}

// curlRequest is what curl would send for its arguments.
func curlRequest(ctx context.Context, t *testing.T, words []string) *http.Request {
	t.Helper()
	require.Equal(t, "curl", words[0])
	method, body, url, login := "", "", "", ""
	header := make(http.Header)
	for i := 1; i < len(words); i++ {
		switch word := words[i]; word {
		case "-sS", "-sSN", "-N":
		case "-u":
			i++
			login = words[i]
		case "-X":
			i++
			method = words[i]
		case "-d":
			i++
			body = words[i]
		case "-H":
			i++
			name, value, ok := strings.Cut(words[i], ": ")
			require.True(t, ok, words[i])
			header.Add(name, value)
		default:
			require.False(t, strings.HasPrefix(word, "-"), "the test does not know this flag: %s", word)
			require.Empty(t, url, "two URLs")
			url = word
		}
	}
	if method == "" {
		method = http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header = header
	if user, password, ok := strings.Cut(login, ":"); ok {
		req.SetBasicAuth(user, password)
	}
	return req
}

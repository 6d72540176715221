package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/posada-exchange/posada/pkg/config"
)

// servesPages starts posada console for whoever the script is, signs in with the token as a browser
// would, looks for a pattern on the first page, and ends it with Ctrl-C: pages PATTERN [flag …]
func servesPages(ts *testscript.TestScript, _ bool, args []string) {
	binary, err := exec.LookPath("posada")
	ts.Check(err)
	cmd := exec.Command(binary, append([]string{"console", "--listen", "127.0.0.1:0"}, args[1:]...)...)
	cmd.Env = append(os.Environ(), "LANG=C", "POSADA_NODE="+ts.Getenv("POSADA_NODE"))
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	up := bufio.NewScanner(out)
	if !up.Scan() || !strings.HasPrefix(up.Text(), "The pages are at ") {
		ts.Fatalf("it said %q, %v", up.Text(), cmd.Wait())
	}
	body := signedIn(ts, strings.TrimPrefix(up.Text(), "The pages are at "))
	ts.Check(cmd.Process.Signal(os.Interrupt))
	ts.Check(cmd.Wait())
	if !regexp.MustCompile(args[0]).MatchString(body) {
		ts.Fatalf("the first page does not have %s:\n%s", args[0], body)
	}
}

// signedIn is the page that somebody sees first. Their browser keeps what is Secure on this machine, as
// browsers do; Go's jar does for https alone.
func signedIn(ts *testscript.TestScript, at string) string {
	token, err := config.ReadSecret(ts.Getenv("POSADA_TOKEN_FILE"))
	ts.Check(err)
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13}}}
	answer, err := browser.PostForm(at+"/sign-in/first", url.Values{"token": {string(token)}})
	ts.Check(err)
	ts.Check(answer.Body.Close())
	first, err := http.NewRequest(http.MethodGet, at+"/", nil)
	ts.Check(err)
	for _, c := range answer.Cookies() {
		first.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	answer, err = browser.Do(first)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	return string(body)
}

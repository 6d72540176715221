package browsing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/services/console"
)

// agencyName is a host that only the browsers of these tests find.
const agencyName = "casa.example"

// certified is a certificate for a name, from an authority of the test's own, in files as an agency has them.
type certified struct {
	cert, key string
	roots     *x509.CertPool
	pin       string // of the leaf's public key, as Chromium takes it
}

func certify(t *testing.T, name string) certified {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Invented Authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, key.Public(), caKey)
	must(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	must(err)
	parsed, err := x509.ParseCertificate(root)
	must(err)
	sum, dir := sha256.Sum256(public), t.TempDir()
	c := certified{cert: filepath.Join(dir, "casa.pem"), key: filepath.Join(dir, "casa.key"), roots: x509.NewCertPool(), pin: base64.StdEncoding.EncodeToString(sum[:])}
	c.roots.AddCert(parsed)
	chain := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})...)
	must(os.WriteFile(c.cert, chain, 0o600))
	must(os.WriteFile(c.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return c
}

// TestUnderTheAgencysOwnNameWithACertificate: a phone that finds the console by the agency's name signs in over
// TLS. Its cookies are Secure and nobody else's, the browser is told to come by TLS alone, and under another
// name that leads to the same place there is nothing. A browser that does not trust the certificate shows nothing.
func TestUnderTheAgencysOwnNameWithACertificate(t *testing.T) {
	w := in(t)
	c := certify(t, agencyName)
	origin := w.run(t, func(with *console.Config) { with.Names, with.Cert, with.Key = []string{agencyName}, c.cert, c.key })
	at, err := url.Parse(origin)
	if err != nil || at.Scheme != "https" || at.Hostname() != agencyName {
		t.Fatalf("it says that it is at %s", origin)
	}
	const hosts = "MAP *.example 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
	base, end, err := launch(hosts, chromedp.Flag("ignore-certificate-errors-spki-list", c.pin))
	defer end()
	if err != nil {
		t.Fatal(err)
	}
	b := openIn(t, base, origin)
	b.look(ways{language: "es", width: 320, script: true})
	first, err := chromedp.RunResponse(b.ctx, chromedp.Navigate(origin+"/sign-in"))
	if err != nil {
		t.Fatal(err)
	}
	if sent := first.Headers["strict-transport-security"]; sent != "max-age=31536000" || first.Protocol != "h2" {
		t.Errorf("Strict-Transport-Security is %v, over %s", sent, first.Protocol)
	}
	b.signIn(w.advocate())
	if !read[bool](b, `isSecureContext && document.cookie === ''`) {
		t.Error("the page is not secure, or reads a cookie")
	}
	found := 0
	for _, cookie := range set(b, network.GetCookies, network.GetCookiesParams{}).Cookies {
		found++
		if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || !cookie.HTTPOnly || cookie.SameSite != network.CookieSameSiteStrict || cookie.Domain != agencyName || cookie.Path != "/" {
			t.Errorf("the cookie %s is %+v", cookie.Name, cookie)
		}
	}
	if found == 0 {
		t.Error("there is no cookie")
	}
	b.fit("/", b.how, true)

	elsewhere := strings.Replace(origin, agencyName, "elsewhere.example", 1)
	if status := look(t, base, elsewhere+"/sign-in"); status != http.StatusMisdirectedRequest {
		t.Errorf("under another name: %d", status)
	}
	stranger, end, err := launch(hosts)
	defer end()
	if err != nil {
		t.Fatal(err)
	}
	if status := look(t, stranger, origin+"/sign-in"); status != 0 {
		t.Errorf("a browser that trusts no such certificate is answered: %d", status)
	}
	c.asked(t, origin, at.Host)
}

// look is what a page is answered with; 0 where the browser shows none.
func look(t *testing.T, base context.Context, page string) int64 {
	t.Helper()
	ctx, cancel := chromedp.NewContext(base, chromedp.WithNewBrowserContext())
	defer cancel()
	answered := make(chan int64, 1)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*network.EventResponseReceived); ok && e.Response.URL == page {
			select {
			case answered <- e.Response.Status:
			default:
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	// A page without a word is shown as an error; what it was answered with is heard before.
	wait := patience
	if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil && strings.Contains(err.Error(), "ERR_CERT") {
		wait = time.Second
	}
	select {
	case status := <-answered:
		return status
	case <-time.After(wait):
		return 0
	}
}

// asked is whoever checks the whole chain by the authority, as a browser does that was given it; and whoever
// names another host, or none, over that connection.
func (c certified) asked(t *testing.T, origin, where string) {
	t.Helper()
	_, port, err := net.SplitHostPort(where)
	if err != nil {
		t.Fatal(err)
	}
	var dial net.Dialer
	client := http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.roots, ServerName: agencyName},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dial.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
		},
	}}
	defer client.CloseIdleConnections()
	for host, want := range map[string]int{
		where: http.StatusOK, agencyName: http.StatusOK, "elsewhere.example": http.StatusMisdirectedRequest,
		"sub." + agencyName: http.StatusMisdirectedRequest, agencyName + ".elsewhere.example": http.StatusMisdirectedRequest,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+"/sign-in", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != want {
			t.Errorf("asked for %s: %s, %v", host, response.Status, err)
		}
	}
}

package console

import (
	"crypto/rand"
	"net/url"
	"testing"
)

func TestPassphrasesAndCodesAreNeverKept(t *testing.T) {
	form := url.Values{"note": {"x"}}
	for _, s := range []string{"passphrase", "again", "code", "token"} {
		form.Set(s, "never")
	}
	if d := (draft{"/x", form}).bare(); len(d.Form) != 1 || d.Form.Get("note") != "x" {
		t.Error(d.Form)
	}
}

func TestWhatIsKeptOpensForItsBrowserAlone(t *testing.T) {
	one, err := secret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal(one, draft{Path: "/x"})
	if err != nil {
		t.Fatal(err)
	}
	var d draft
	if err := unseal(one, sealed, &d); err != nil || d.Path != "/x" {
		t.Error(d, err)
	}
	if unseal("another", sealed, &d) == nil {
		t.Error("it opens for another")
	}
	sealed[len(sealed)/2] ^= 1
	if unseal(one, sealed, &d) == nil {
		t.Error("it opens though somebody changed it")
	}
}

func TestAHandleIsOnePersonsAndSaysNothing(t *testing.T) {
	h, err := newHandles(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := h.make("one", "wren-19")
	if got, err := h.read("one", made); err != nil || got != "wren-19" || made != h.make("one", "wren-19") {
		t.Error(got, err)
	}
	if _, err := h.read("another", made); err == nil {
		t.Error("another person's")
	}
	if made == h.make("another", "wren-19") {
		t.Error("two people have the same")
	}
	for _, bad := range []string{"", "x", made[1:], made + "A", "wren-19"} {
		if _, err := h.read("one", bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestNobodyIsLedToAnotherSite(t *testing.T) {
	for asked, want := range map[string]string{
		"/": "/", "/status": "/status", "/cases/x%2Fy": "/cases/x%2Fy", "/a?b=c": "/a",
		"": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", `\\evil.example`: "/", "javascript:x": "/", "evil": "/", "/%5cevil.example": "/", "/\tx": "/",
	} {
		if got := local(asked); got != want {
			t.Errorf("%q leads to %q; want %q", asked, got, want)
		}
	}
}

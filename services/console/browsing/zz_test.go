package browsing

import ("testing";"time")

func TestZZ(t *testing.T) {
	w := in(t)
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 1280, script: true})
	t0 := time.Now()
	lap := func(s string) { t.Log(s, time.Since(t0)); t0 = time.Now() }
	b.signIn(w.advocate()); lap("signin")
	for range 3 {
	b.visit("/status"); lap("visit")
	aside(b, pageFacts); lap("facts")
	aside(b, axe); lap("axe load")
	aside(b, axe, axeRun); lap("axe load+run")
	}
	b.visit("/"); b.press(`form[action="/sign-out"] button`); lap("signout")
}

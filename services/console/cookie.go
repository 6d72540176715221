package console

import (
	"net/http"
	"time"
)

// The cookies. The prefix binds each to this host, to TLS or this machine, and to the
// whole of it: no other name, and no page of it, can set one.
const (
	cookieSession  = "__Host-n"
	cookieDevice   = "__Host-d"
	cookieLanguage = "__Host-l"
)

// bake makes a cookie that scripts cannot read and other sites cannot send. It lasts
// as long as the browser runs, or longer where lasts says so.
func bake(name, value string, lasts time.Duration) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: int(lasts.Seconds())}
}

// crumble takes a cookie away.
func crumble(name string) *http.Cookie {
	c := bake(name, "", 0)
	c.MaxAge = -1
	return c
}

// cookieOf is what a request's cookie holds.
func cookieOf(r *http.Request, name string) (string, bool) {
	c, err := r.Cookie(name)
	if err != nil || c.Value == "" {
		return "", false
	}
	return c.Value, true
}

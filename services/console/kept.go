package console

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// draft is what somebody had typed when their time was over.
type draft struct {
	Path string     `json:"path"`
	Form url.Values `json:"form"`
}

// aead is the key for what is kept for a browser, made from the secret in its cookie,
// which this process does not keep: what is kept opens when that browser asks, and
// otherwise for nobody who reads this process's memory.
func aead(secret string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "posada console kept", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal seals something for whoever has the secret.
func seal(secret string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	box, err := aead(secret)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, text, nil), nil
}

// unseal opens it.
func unseal(secret string, sealed []byte, v any) error {
	box, err := aead(secret)
	if err != nil {
		return err
	}
	text, err := box.Open(nil, nil, sealed, nil)
	if err != nil {
		return err
	}
	defer clear(text)
	return json.NewDecoder(bytes.NewReader(text)).Decode(v)
}

// secrets are fields that are never kept.
func secrets() []string { return []string{"passphrase", "again", "code", "token"} }

// bare is a draft without what is never kept.
func (d draft) bare() draft {
	for _, s := range secrets() {
		d.Form.Del(s)
	}
	return d
}

// keep keeps what a request's form says for whoever was signed in with its cookie.
func (k *Console) keep(r *http.Request, d draft) {
	d = d.bare()
	if len(d.Form) == 0 {
		return
	}
	k.sessions.keep(r, d)
}

// hold locks the session of whoever has been still for long, by the script of the page,
// and keeps what stands in its form.
func hold(v *visit) (view, error) {
	to := local(v.form.Get("_to"))
	v.form.Del("_to")
	token := v.k.sessions.lock(v.r)
	v.k.farewell(v, token)
	v.k.keep(v.r, draft{to, v.form})
	return goTo("/sign-in", ""), nil
}

// alive says that somebody is there who only types.
func alive(v *visit) (view, error) {
	if _, err := v.node.Status(v.ctx()); err != nil {
		return view{}, err
	}
	return view{status: http.StatusNoContent}, nil
}

type resumeKey struct{}

// resume shows the form that was being filled in when somebody's time was over, as it was
// then. Nothing of it was done.
func resume(v *visit) (view, error) {
	d, ok := v.k.sessions.kept(v.r)
	if !ok {
		return goTo("/", ""), nil
	}
	r := v.r.Clone(context.WithValue(v.ctx(), resumeKey{}, true))
	r.Method, r.URL = http.MethodPost, &url.URL{Path: d.Path}
	r.Body, r.Form, r.PostForm = io.NopCloser(strings.NewReader("")), d.Form, d.Form
	v.k.mux.ServeHTTP(v.w, r)
	return view{done: true}, nil
}

// forget throws away what was kept.
func forget(v *visit) (view, error) {
	v.k.sessions.forget(v.r)
	return goTo("/", "console.kept.gone"), nil
}

// again shows what was kept in its form, or says what it was where the form is no more.
func (k *Console) again(v *visit, p page) {
	v.typed, v.resumed = v.form, true
	if p.again != nil {
		if shown, err := p.again(v); err == nil && shown.to == "" {
			k.write(v, p, shown)
			return
		}
	}
	title := p.title
	if title == "" {
		title = i18n.Key("console.kept.something")
	}
	k.write(v, page{title: "console.kept.title"}, show("kept_only", v.Text(title)))
}

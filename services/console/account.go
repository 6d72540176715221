package console

import (
	"fmt"
	"net/http"
	"strings"

	"rsc.io/qr"

	"github.com/posada-exchange/posada/pkg/client"
)

func accountPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/account", title: "console.account.title", do: accountForm},
		{method: http.MethodPost, pattern: "/account", title: "console.account.title", do: makeAccount, again: accountForm},
		{method: http.MethodGet, pattern: "/account/app", title: "console.account.app_title", do: appForm},
		{method: http.MethodPost, pattern: "/account/app", title: "console.account.app_title", do: confirmAccount, again: appForm},
		{method: http.MethodGet, pattern: "/account/recovery", title: "console.account.recovery_title", do: recovery},
		{method: http.MethodPost, pattern: "/account/recovery", title: "console.account.recovery_title", do: haveRecovery},
		{method: http.MethodGet, pattern: "/confirm", title: "console.confirm.title", do: confirmForm},
		{method: http.MethodPost, pattern: "/confirm", title: "console.confirm.title", do: confirm, again: confirmForm},
	}
}

// accountPage is who is signed in, and where they choose a passphrase.
type accountPage struct {
	Me         client.Me
	Passphrase field
	Again      field
}

func accountForm(v *visit) (view, error) {
	me, err := v.node.Me(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := accountPage{
		Me:         me,
		Passphrase: v.secret("passphrase", "console.account.passphrase").hint(v.Text("console.account.passphrase_hint")).needed(),
		Again:      v.secret("again", "console.account.again").needed(),
	}
	p.Passphrase.Autocomplete, p.Again.Autocomplete = "new-password", "new-password"
	return show("account", p), nil
}

// makeAccount begins an account. It is in force when its app showed a code.
func makeAccount(v *visit) (view, error) {
	if v.form.Get("passphrase") != v.form.Get("again") {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.account.not_twice"}
	}
	pending, err := v.node.MakeAccount(v.ctx(), client.NewAccount{Passphrase: v.form.Get("passphrase")})
	if err != nil {
		return view{}, err
	}
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	v.session.pending = &pending
	return goTo("/account/app", ""), nil
}

// appPage shows what an app needs to show codes.
type appPage struct {
	Square square
	Secret string
	Code   field
}

func appForm(v *visit) (view, error) {
	v.session.mu.Lock()
	pending := v.session.pending
	v.session.mu.Unlock()
	if pending == nil {
		return goTo("/account", ""), nil
	}
	drawn, err := drawSquare(pending.URI)
	if err != nil {
		return view{}, err
	}
	p := appPage{Square: drawn, Secret: grouped(pending.Secret), Code: v.text("code", "console.account.code").hint(v.Text("console.account.code_hint")).needed()}
	p.Code.Autocomplete, p.Code.Mode, p.Code.Value = "one-time-code", "numeric", ""
	return show("account_app", p), nil
}

// confirmAccount puts the account in force, ends the token, and goes on in a session.
func confirmAccount(v *visit) (view, error) {
	v.session.mu.Lock()
	pending := v.session.pending
	v.session.mu.Unlock()
	if pending == nil {
		return goTo("/account", ""), nil
	}
	made, err := v.node.ConfirmAccount(v.ctx(), client.AccountCode{Code: v.value("code"), EndToken: true})
	if err != nil {
		return view{}, err
	}
	to, err := v.enter(made)
	if err != nil {
		return view{}, err
	}
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	v.session.recovery = pending.Recovery
	to.to = "/account/recovery"
	return to, nil
}

// recovery shows the codes until somebody says that they have them.
func recovery(v *visit) (view, error) {
	v.session.mu.Lock()
	codes := v.session.recovery
	v.session.mu.Unlock()
	if codes == nil {
		return goTo("/account", ""), nil
	}
	return show("account_recovery", codes), nil
}

func haveRecovery(v *visit) (view, error) {
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	v.session.recovery = nil
	return goTo("/", "console.account.done"), nil
}

// confirmPage asks somebody who is signed in once more who they are.
type confirmPage struct {
	Passphrase field
	Code       field
	Back       string
}

func confirmForm(v *visit) (view, error) {
	p := confirmPage{
		Passphrase: v.secret("passphrase", "console.sign_in.passphrase"),
		Code:       v.text("code", "console.account.code"),
		Back:       local(v.r.URL.Query().Get("back")),
	}
	if v.form.Has("back") {
		p.Back = local(v.value("back"))
	}
	p.Passphrase.Autocomplete = "current-password"
	p.Code.Autocomplete, p.Code.Mode, p.Code.Value = "one-time-code", "numeric", ""
	return show("confirm", p), nil
}

// confirm shows the node once more who is there. What it was needed for is gone back to.
func confirm(v *visit) (view, error) {
	in := client.NewProof{Passphrase: v.form.Get("passphrase")}
	if in.Passphrase == "" {
		in.Code = v.value("code")
	}
	if _, err := v.node.Confirm(v.ctx(), in); err != nil {
		return view{}, err
	}
	return goTo(local(v.value("back")), "console.confirm.done"), nil
}

// square is a code that phones read, as a picture.
type square struct {
	Size int
	Path string // of its dark squares
}

// around is the light border of a square, in its own squares.
const around = 4

func drawSquare(text string) (square, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return square{}, fmt.Errorf("draw a code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+around, y+around)
			}
		}
	}
	return square{code.Size + 2*around, path.String()}, nil
}

// grouped is a secret as people type it, four letters at a time.
func grouped(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

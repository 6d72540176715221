package browsing

import (
	"net/http"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestSigningOutEverywhereEndsEverySession: one that was begun elsewhere too. A token stays.
func TestSigningOutEverywhereEndsEverySession(t *testing.T) {
	w := in(t)
	added, err := w.as(posada.RoleAgencyAdmin).AddStaff(t.Context(), client.NewStaff{Name: "Invented Traveller", Roles: []string{string(posada.RoleAdvocate)}})
	if err != nil {
		t.Fatal(err)
	}
	by := func(token string) *client.Client { return client.New(w.API("ngo"), token, "en") }
	pending, err := by(added.Token).MakeAccount(t.Context(), client.NewAccount{Passphrase: "invented lamp river seven"})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := by(added.Token).ConfirmAccount(t.Context(), client.AccountCode{Code: codeOf(t, pending.Secret, time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	d := serve(t, w, "ngo")
	d.signIn(added.Token)
	if a := d.get("/me"); !a.says("Recovery codes left: ") || !a.says("End the session") {
		t.Error("the page does not show the account and its session")
	}
	if a := d.post("/me/everywhere", nil); a.StatusCode != http.StatusOK || a.says(`action="/sign-out"`) {
		t.Errorf("somebody is signed in still: %s", a.Status)
	}
	if _, err := by(elsewhere.Token).Me(t.Context()); err == nil {
		t.Error("the session elsewhere goes on")
	}
	if _, err := by(added.Token).Me(t.Context()); err != nil {
		t.Errorf("the token ended, too: %v", err)
	}
}

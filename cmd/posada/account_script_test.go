package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/posada-exchange/posada/pkg/client"
)

// signsIn makes an account with a token and signs in, as the web console has people do,
// and writes the session's token into a file: signs-in TOKEN-FILE FILE.
func signsIn(ts *testscript.TestScript, _ bool, args []string) {
	token := strings.TrimSpace(ts.ReadFile(args[0]))
	node := client.New(ts.Getenv("POSADA_NODE"), token, "en")
	made, err := node.MakeAccount(context.Background(), client.NewAccount{Passphrase: "four invented words, no more"})
	ts.Check(err)
	code, err := totp.GenerateCode(made.Secret, time.Now())
	ts.Check(err)
	in, err := node.ConfirmAccount(context.Background(), client.AccountCode{Code: code})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(in.Token+"\n"), 0o600))
}

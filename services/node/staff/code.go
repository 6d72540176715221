package staff

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Codes of an app are those of RFC 6238 as every app makes them: six digits by SHA-1 of
// a step of 30 seconds. Of the step before and the one after they are taken too, for
// clocks differ (section 5.2 there); each step once.
const (
	codeDigits = 6
	codeStep   = 30 * time.Second
	secretSize = 20 // bytes, as RFC 4226 section 4 recommends
	issuer     = "Posada"
)

// Recovery codes are 80 random bits each, so a plain hash keeps them.
const (
	recoveryCodes = 10
	recoverySize  = 10 // bytes: 16 characters
)

// recoveryText writes recovery codes: Crockford's base32 has no letter that is read as
// another or as a digit.
func recoveryText() *base32.Encoding {
	return base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)
}

// drawSecret draws what an app makes its codes from.
func (s *Staff) drawSecret() (string, error) {
	raw := make([]byte, secretSize)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw), nil
}

// uri is what a square code for the app holds.
func uri(secret, name string) (string, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("write a secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: name, Secret: raw, Period: uint(codeStep / time.Second), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", fmt.Errorf("write a secret: %w", err)
	}
	return key.URL(), nil
}

// drawRecovery draws recovery codes, and their hashes, which alone are kept.
func (s *Staff) drawRecovery(of posada.StaffID) (codes, hashes []string, err error) {
	for range recoveryCodes {
		raw := make([]byte, recoverySize)
		if _, err := io.ReadFull(s.random, raw); err != nil {
			return nil, nil, fmt.Errorf("draw a recovery code: %w", err)
		}
		text := recoveryText().EncodeToString(raw)
		codes = append(codes, strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-"))
		hashes = append(hashes, hashedRecovery(of, text))
	}
	return codes, hashes, nil
}

func hashedRecovery(of posada.StaffID, text string) string {
	sum := sha256.Sum256([]byte("posada/recovery/v1\x00" + string(of) + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// spent is what of an account a code uses up.
type spent struct {
	step     uint64 // the app's; 0: none
	recovery int    // which recovery code; -1: none
}

// step finds the step that an app's code is of, of those that were not used. All three
// are computed, whatever the answer.
func (a account) step(code string, now time.Time) (step uint64, ok bool) {
	at := uint64(max(0, now.Unix())) / uint64(codeStep/time.Second)
	for _, candidate := range []uint64{at + 1, at, at - min(at, 1)} {
		want, err := hotp.GenerateCodeCustom(a.Secret, candidate, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && candidate > a.Step {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// code finds what a code uses up: a step of the app, or a recovery code.
func (a account) code(of posada.StaffID, text string, now time.Time) (spent, bool) {
	text = tidy(text)
	step, ok := a.step(text, now)
	use := spent{step, -1}
	hash := hashedRecovery(of, text)
	for i, kept := range a.Recovery {
		if subtle.ConstantTimeCompare([]byte(kept), []byte(hash)) == 1 {
			use, ok = spent{0, i}, true
		}
	}
	return use, ok
}

// tidy is a code without what people put into it to read it, and with what they read
// for something else mended.
func tidy(text string) string {
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
}

// without is an account of which something was used up.
func (a account) without(use spent) account {
	a.Step = max(a.Step, use.step)
	if use.recovery >= 0 {
		a.Recovery = append(append([]string{}, a.Recovery[:use.recovery]...), a.Recovery[use.recovery+1:]...)
	}
	return a
}

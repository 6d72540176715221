package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/config"
)

// Errors of a file of the other kind.
var (
	ErrIsConsent  = errors.New("this is a consent, not a referral")
	ErrIsReferral = errors.New("this is a referral, not a consent")
)

// consentFile is a consent as people write it down: the signed form is a file
// beside it, which stays where it is; only its hash goes to the node.
type consentFile struct {
	NewConsent `yaml:",inline"`
	FormFile   string `yaml:"form_file"`
}

// ReadConsent reads a consent written as YAML, and the name it gives of the
// signed form's file, if any.
func ReadConsent(text []byte) (in NewConsent, formFile string, err error) {
	var f consentFile
	if err = config.Document(bytes.NewReader(text), &f); err != nil && reads[NewPreview](text) {
		err = fmt.Errorf("%w: %w", ErrIsReferral, err)
	}
	return f.NewConsent, f.FormFile, err
}

// HashForm is what a node is told of a signed form.
func HashForm(form []byte) string {
	sum := sha256.Sum256(form)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ReadReferral reads a referral's draft written as YAML.
func ReadReferral(text []byte) (in NewPreview, err error) {
	if err = config.Document(bytes.NewReader(text), &in); err != nil && reads[consentFile](text) {
		err = fmt.Errorf("%w: %w", ErrIsConsent, err)
	}
	return in, err
}

// ReadNeed reads a need written as YAML.
func ReadNeed(text []byte) (in NewNeed, err error) {
	return in, config.Document(bytes.NewReader(text), &in)
}

// ReadPlace reads whom a place takes, written as YAML.
func ReadPlace(text []byte) (in NewPlace, err error) {
	return in, config.Document(bytes.NewReader(text), &in)
}

// reads reports whether a text is a whole document of another kind.
func reads[T any](text []byte) bool {
	return config.Document(bytes.NewReader(text), new(T)) == nil
}

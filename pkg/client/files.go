package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"

	"github.com/posada-exchange/posada/pkg/config"
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
	err = config.Document(bytes.NewReader(text), &f)
	return f.NewConsent, f.FormFile, err
}

// HashForm is what a node is told of a signed form.
func HashForm(form []byte) string {
	sum := sha256.Sum256(form)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ReadReferral reads a referral's draft written as YAML.
func ReadReferral(text []byte) (in NewPreview, err error) {
	return in, config.Document(bytes.NewReader(text), &in)
}

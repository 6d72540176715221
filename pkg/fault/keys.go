package fault

// UnexpectedFailure is the sentence for every internal error.
const UnexpectedFailure Key = "unexpected_failure"

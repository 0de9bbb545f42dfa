namespace MailOps.Sasl;

/// <summary>Why an exchange failed.</summary>
public enum SaslFailure
{
    /// <summary>No such account, or the wrong password or proof. The two are never told apart to a client.</summary>
    InvalidCredentials,

    /// <summary>The response does not follow the mechanism's grammar.</summary>
    Malformed,

    /// <summary>The client asked to act as another user, which is not allowed.</summary>
    NotAuthorized,

    /// <summary>Too many logins failed: none is tried now, whatever the password.</summary>
    TooManyFailures,

    /// <summary>The client's TLS connection is not this one, or it was not told that it could bind to it: somebody may sit between.</summary>
    ChannelBindingFailed,

    /// <summary>The credential store could not be read; worth trying again.</summary>
    TemporaryFailure,
}

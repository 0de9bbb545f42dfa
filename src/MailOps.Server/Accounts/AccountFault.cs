namespace MailOps.Server.Accounts;

/// <summary>Why accounts could not be changed or listed.</summary>
public enum AccountFault
{
    /// <summary>No account can have that name.</summary>
    InvalidName,

    /// <summary>The password is empty, too long, or holds control characters.</summary>
    InvalidPassword,

    /// <summary>There is no such password scheme, or it is read but not made.</summary>
    InvalidScheme,

    /// <summary>The password hash is not of its scheme's form.</summary>
    InvalidHash,

    /// <summary>There is an account of that name.</summary>
    Exists,

    /// <summary>There is no account of that name.</summary>
    NotFound,

    /// <summary>There is no store at that path.</summary>
    StoreNotFound,

    /// <summary>The file of accounts cannot be read, locked or written.</summary>
    FileUnavailable,

    /// <summary>The account is gone, its mail is not.</summary>
    MailNotRemoved,
}

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

    /// <summary>No alias or target can have that name.</summary>
    InvalidAlias,

    /// <summary>There is an alias of that name.</summary>
    AliasExists,

    /// <summary>There is no alias of that name.</summary>
    AliasNotFound,

    /// <summary>A target is no account and no alias here.</summary>
    AliasTargetNotFound,

    /// <summary>A target is an address of another server.</summary>
    AliasTargetOutside,

    /// <summary>The alias would lead back to itself.</summary>
    AliasLoop,

    /// <summary>What is named as a domain is none.</summary>
    InvalidDomain,

    /// <summary>The file of aliases or domains cannot be read, locked or written.</summary>
    AddressFileUnavailable,

    /// <summary>There is no such folder.</summary>
    FolderNotFound,

    /// <summary>What is named as rights is none.</summary>
    InvalidRights,

    /// <summary>The folder's list says nothing of that user.</summary>
    PermissionNotFound,

    /// <summary>The folder's list has a line that cannot be read.</summary>
    PermissionsDamaged,

    /// <summary>The folder's list is as long as one can be.</summary>
    TooManyPermissions,
}

using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Permissions;

/// <summary>What a user may do with a folder of a mail store.</summary>
public sealed class MailFolderPermission
{
    /// <summary>The account that the folder lies in; empty for a public folder.</summary>
    public string Account { get; init; } = "";

    /// <summary>The folder's name: INBOX, Archive/2026; of a public one Public or Public/News.</summary>
    public string FolderName { get; init; } = "";

    /// <summary>An account, anyone, authenticated or owner.</summary>
    public string User { get; init; } = "";

    /// <summary>Letters of RFC 4314, such as lrs. Empty for nothing.</summary>
    public string AccessRights { get; init; } = "";

    /// <summary>True if these rights are taken, whatever else grants them.</summary>
    public bool Deny { get; init; }

    /// <summary>The store's folder.</summary>
    public string StorePath { get; init; } = "";

    /// <summary>Folder and user.</summary>
    public override string ToString() => $"{FolderName}: {(Deny ? "-" : "")}{User} {AccessRights}".TrimEnd();

    internal static MailFolderPermission From(FolderPermissionRecord record, string storePath) => new()
    {
        Account = record.Account,
        FolderName = record.Folder,
        User = record.User,
        AccessRights = record.Rights,
        Deny = record.IsDeny,
        StorePath = storePath,
    };
}

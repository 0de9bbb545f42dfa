namespace MailOps.Server.Accounts;

/// <summary>What one user may do with a folder of a store.</summary>
/// <param name="Account">The account that the folder lies in; empty for a public one.</param>
/// <param name="Folder">The folder's name: within the account, or, for a public one, <c>Public</c> or what begins with <c>Public/</c>.</param>
/// <param name="User">Whom it is about: an account, <c>anyone</c>, <c>authenticated</c>, or <c>owner</c> beside a line with his name.</param>
/// <param name="Rights">Letters of RFC 4314, without the obsolete ones.</param>
/// <param name="IsDeny">True if the rights are taken, whatever grants them.</param>
public sealed record FolderPermissionRecord(string Account, string Folder, string User, string Rights, bool IsDeny);

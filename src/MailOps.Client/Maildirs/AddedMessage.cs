namespace MailOps.Client.Maildirs;

/// <summary>Where a message came to lie.</summary>
/// <param name="Path">The Maildir's directory.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Uid">Its UID there.</param>
public sealed record AddedMessage(string Path, string Folder, uint Uid);

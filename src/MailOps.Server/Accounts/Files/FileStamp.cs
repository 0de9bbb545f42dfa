namespace MailOps.Server.Accounts.Files;

/// <summary>A state of a file: another stamp means that it was changed or replaced.</summary>
internal readonly record struct FileStamp(ulong Inode, long Length, DateTime Modified, DateTime Changed, uint User, uint Group);

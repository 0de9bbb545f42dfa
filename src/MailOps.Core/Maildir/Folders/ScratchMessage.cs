namespace MailOps.Maildir.Folders;

/// <summary>A message whose file is written and lies in the scratch directory.</summary>
/// <param name="Path">The file.</param>
/// <param name="OnDisk">Its octets.</param>
/// <param name="AsSent">Its octets with all line ends as CRLF.</param>
/// <param name="Flags">The flags that it gets.</param>
internal readonly record struct ScratchMessage(string Path, long OnDisk, long AsSent, MessageFlagSet Flags);

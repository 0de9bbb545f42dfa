namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>All that a program tells of a mailbox.</summary>
internal sealed record FolderState(uint UidValidity, uint UidNext, string Guid, IReadOnlyList<MessageState> Messages);

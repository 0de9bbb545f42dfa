namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>A message as a new process finds it. <paramref name="Text"/> is its name, or says what is wrong with it.</summary>
internal sealed record FoundMessage(string Mailbox, uint Validity, uint Uid, string Text, string Flags);

/// <summary>A mailbox as a new process finds it.</summary>
internal sealed record FoundMailbox(string Name, uint Validity, uint UidNext, ulong HighestModSeq);

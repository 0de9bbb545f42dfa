namespace MailOps.Server.Imap;

/// <summary>What the numbers of a command mean: FETCH and UID FETCH are one command with one or the other.</summary>
internal enum MessageNumbers
{
    Sequence,
    Uid,
}

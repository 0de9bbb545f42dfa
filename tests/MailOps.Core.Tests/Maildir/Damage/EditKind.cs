namespace MailOps.Core.Tests.Maildir.Damage;

/// <summary>The kinds of damage.</summary>
internal enum EditKind
{
    FlipBit,
    Replace,
    Insert,
    Remove,
    Truncate,
    Zero,
    Splice,
    RepeatLine,
    MoveLineToEnd,
}

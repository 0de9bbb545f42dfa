namespace MailOps.Server.Imap.Commands;

/// <summary>EXAMINE (RFC 3501 section 6.3.2): SELECT without the right to change anything.</summary>
internal sealed class ExamineCommand : SelectCommand
{
    public override string Name => "EXAMINE";

    protected override bool ReadOnly => true;
}

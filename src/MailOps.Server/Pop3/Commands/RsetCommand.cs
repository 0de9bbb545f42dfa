namespace MailOps.Server.Pop3.Commands;

/// <summary>RSET (RFC 1939 section 5): takes all marks off.</summary>
internal sealed class RsetCommand : SimplePop3Command
{
    public override string Name => "RSET";

    public override Pop3States States => Pop3States.Transaction;

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel)
    {
        session.Maildrop.Reset();
        return ValueTask.FromResult(Pop3Reply.Ok($"{session.Maildrop.Count} messages ({session.Maildrop.Size} octets)"));
    }
}

namespace MailOps.Server.Pop3.Commands;

/// <summary>STAT (RFC 1939 section 5): how many messages, how many octets.</summary>
internal sealed class StatCommand : SimplePop3Command
{
    public override string Name => "STAT";

    public override Pop3States States => Pop3States.Transaction;

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel) =>
        ValueTask.FromResult(Pop3Reply.Ok($"{session.Maildrop.Count} {session.Maildrop.Size}"));
}

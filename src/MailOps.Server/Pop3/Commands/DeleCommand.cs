namespace MailOps.Server.Pop3.Commands;

/// <summary>DELE (RFC 1939 section 5): marks a message; QUIT deletes it.</summary>
internal sealed class DeleCommand : Pop3Command<int>
{
    public override string Name => "DELE";

    public override Pop3States States => Pop3States.Transaction;

    public override string Usage => "DELE message";

    protected override bool TryParse(ref Pop3Reader reader, out int arguments)
    {
        arguments = 0;
        return reader.Space() && reader.Number(out arguments);
    }

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, int arguments, CancellationToken cancel)
    {
        if (session.Maildrop.Find(arguments) is null)
            return ValueTask.FromResult(Pop3Reply.NoSuchMessage);

        session.Maildrop.Delete(arguments);
        return ValueTask.FromResult(Pop3Reply.Ok($"Message {arguments} is marked; QUIT deletes it"));
    }
}

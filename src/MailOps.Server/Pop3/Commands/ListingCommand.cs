using MailOps.Maildir;

namespace MailOps.Server.Pop3.Commands;

/// <summary>What LIST and UIDL have in common: a line for one message, or a listing of all that are not deleted.</summary>
internal abstract class ListingCommand : Pop3Command<int?>
{
    public sealed override Pop3States States => Pop3States.Transaction;

    public sealed override string Usage => $"{Name} [message]";

    protected sealed override bool TryParse(ref Pop3Reader reader, out int? arguments)
    {
        arguments = null;
        if (!reader.Space() || reader.AtEnd)
            return true;

        if (!reader.Number(out var number))
            return false;

        arguments = number;
        return true;
    }

    protected sealed override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, int? arguments, CancellationToken cancel)
    {
        if (arguments is { } one)
            return session.Maildrop.Find(one) is { } found ? Pop3Reply.Ok($"{one} {Describe(session, found)}") : Pop3Reply.NoSuchMessage;

        session.Write(Pop3Reply.Ok(Header(session)));
        foreach (var (number, message) in session.Maildrop.Remaining)
        {
            session.WriteLine($"{number} {Describe(session, message)}");
            if (session.Connection.Output.UnflushedBytes > FlushAt)
                await session.FlushAsync();
        }

        session.WriteLine(".");
        return Pop3Reply.Silent;
    }

    // A listing of a million messages must not be held in memory.
    private const int FlushAt = 32 * 1024;

    protected abstract string Header(Pop3Session session);

    protected abstract string Describe(Pop3Session session, MailboxMessage message);
}

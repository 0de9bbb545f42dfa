using MailOps.Server.Imap.Search;
using MailOps.Server.Imap.Threads;

namespace MailOps.Server.Imap.Commands;

/// <summary>THREAD and UID THREAD (RFC 5256 section 3).</summary>
internal sealed class ThreadCommand(MessageNumbers numbers) : SearchingCommand<ThreadArguments>("THREAD", numbers)
{
    public override Capability? Requires => Capability.ThreadOrderedSubject;

    protected override bool TryParse(ref ImapReader reader, out ThreadArguments arguments) => ThreadArguments.TryParse(ref reader, out arguments);

    protected override SearchArguments SearchOf(ThreadArguments arguments) => arguments.Search;

    protected override async ValueTask<IReadOnlyList<int>> AnswerAsync(ImapSession session, ThreadArguments arguments, IReadOnlyList<int> found, CancellationToken cancel)
    {
        var messages = await ThreadedMessage.ReadAsync(session.Selected, found, session.Progress, cancel);
        var threads = arguments.Algorithm == ThreadAlgorithm.References ? ReferencesThreads.Of(messages, cancel) : OrderedSubjectThreads.Of(messages);
        var view = session.Selected.Messages;
        await new ThreadReply(session.Replies, place => Numbers == MessageNumbers.Uid ? view[place].Uid : (uint)place + 1).WriteAsync(threads);
        return found;
    }
}

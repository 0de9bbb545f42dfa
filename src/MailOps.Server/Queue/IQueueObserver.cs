using MailOps.Maildir;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue;

/// <summary>Who is told of what happens in the queue. Called from any thread; returns at once.</summary>
internal interface IQueueObserver
{
    /// <summary>Something became of recipients of a message.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="record">What.</param>
    /// <param name="target">The destination that it was tried for; for <see cref="SpoolEvent.Moved"/> the one that it waits for now.</param>
    void Recorded(QueueEntry entry, Envelope envelope, SpoolRecord record, string target);

    /// <summary>The sender of a message was told what became of recipients, or it was found that nobody can be told.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="plan">What was said, of whom.</param>
    /// <param name="id">The report's own id.</param>
    /// <param name="report">Where it went.</param>
    void Reported(QueueEntry entry, Envelope envelope, ReportPlan plan, QueueId id, SentReport report);

    /// <summary>A destination could not be reached, or wants no mail now: told once for all that waits there, whenever it was tried.</summary>
    /// <param name="destination">Its name.</param>
    /// <param name="reply">What was in the way.</param>
    /// <param name="nextTry">Until when it is left alone.</param>
    /// <param name="waiting">How many messages wait there of which it is not told by themselves.</param>
    void Unreachable(string destination, SmtpReply reply, DateTimeOffset nextTry, int waiting);

    /// <summary>The disk, or a bug, was in the way of a message; it is tried again.</summary>
    void Faulted(QueueId id, Exception fault);

    /// <summary>A message's file does not hold all of it, and was put where nothing is lost.</summary>
    /// <param name="id">The message.</param>
    /// <param name="path">Where it is now.</param>
    void SetAside(QueueId id, string path);

    /// <summary>There is a file in the spool that is no message. It is left alone.</summary>
    void StrangeFile(string path);
}

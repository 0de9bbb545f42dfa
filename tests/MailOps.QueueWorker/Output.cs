using System.Text;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Reports;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.QueueWorker;

/// <summary>Lines on standard output, whole even if the process is killed: what a line says has happened before it.</summary>
internal sealed class Output(Stream stream) : IQueueObserver
{
    private readonly Lock _gate = new();

    public void Say(params string[] fields)
    {
        var line = Encoding.UTF8.GetBytes(string.Join('\t', fields) + "\n");
        lock (_gate)
        {
            stream.Write(line);
            stream.Flush();
        }
    }

    void IQueueObserver.Recorded(QueueEntry entry, Envelope envelope, SpoolRecord record, string target)
    {
    }

    void IQueueObserver.Reported(QueueEntry entry, Envelope envelope, ReportPlan plan, QueueId id, SentReport report)
    {
    }

    void IQueueObserver.Unreachable(string destination, SmtpReply reply, DateTimeOffset nextTry, int waiting)
    {
    }

    void IQueueObserver.Faulted(QueueId id, Exception fault) => Say("error", $"{id}: {fault}".ReplaceLineEndings(" | "));

    // Half of a message that a kill left was never promised to anybody.
    void IQueueObserver.SetAside(QueueId id, string path) => Say("aside", path);

    void IQueueObserver.StrangeFile(string path) => Say("error", $"strange: {path}");
}

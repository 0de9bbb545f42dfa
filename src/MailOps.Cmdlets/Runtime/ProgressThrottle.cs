using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Lets a few progress records per second through: a terminal that draws thousands answers neither work nor Ctrl+C.</summary>
internal sealed class ProgressThrottle(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<int, (long Shown, ProgressRecord Record)> _open = [];

    /// <summary>True if this record is to be shown now. Callable from any thread.</summary>
    public bool ShouldShow(ProgressRecord progress)
    {
        lock (_open)
        {
            if (progress.RecordType == ProgressRecordType.Completed)
                return _open.Remove(progress.ActivityId);

            if (_open.TryGetValue(progress.ActivityId, out var last) && time.GetElapsedTime(last.Shown) < Interval)
                return false;

            _open[progress.ActivityId] = (time.GetTimestamp(), progress);
            return true;
        }
    }

    /// <summary>A completing record for each activity that was shown and not completed.</summary>
    public IReadOnlyList<ProgressRecord> TakeOpen()
    {
        lock (_open)
        {
            List<ProgressRecord> completed =
            [
                .. _open.Values.Select(static one =>
                    new ProgressRecord(one.Record.ActivityId, one.Record.Activity, one.Record.StatusDescription) { RecordType = ProgressRecordType.Completed }),
            ];
            _open.Clear();
            return completed;
        }
    }
}

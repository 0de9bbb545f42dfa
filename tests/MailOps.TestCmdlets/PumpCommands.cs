using System.Management.Automation;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MailOps.Cmdlets.Runtime;

namespace MailOps.TestCmdlets;

/// <summary>Hands its input back after a while: Start, concurrency, streaming.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PumpEcho")]
public sealed class InvokePumpEchoCommand : ConcurrentMailCmdlet
{
    [Parameter(ValueFromPipeline = true, Position = 0)]
    public object[] InputObject { get; set; } = [];

    [Parameter]
    public int DelayMilliseconds { get; set; }

    [Parameter]
    public object? FailOn { get; set; }

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    protected override void ProcessRecord() => Start(InputObject, (item, cancel) => PumpProbe.TrackAsync(async () =>
    {
        await Task.Delay(DelayMilliseconds, cancel).ConfigureAwait(false);
        return Equals(Bare(item), Bare(FailOn)) ? throw new SocketException((int)SocketError.ConnectionRefused) : item;
    }));
}

/// <summary>Counts without end unless told otherwise: Stream and its cancellation.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PumpCount")]
public sealed class InvokePumpCountCommand : MailCmdlet
{
    [Parameter]
    public int Last { get; set; } = int.MaxValue;

    [Parameter]
    public int DelayMilliseconds { get; set; }

    protected override void EndProcessing()
    {
        Stream(CountAsync);
        base.EndProcessing();
    }

    private async IAsyncEnumerable<int> CountAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var gate = new TaskCompletionSource<int>();
        var whole = PumpProbe.TrackAsync(() => gate.Task);
        try
        {
            for (var number = 1; number <= Last; number++)
            {
                if (DelayMilliseconds > 0)
                    await Task.Delay(DelayMilliseconds, cancel).ConfigureAwait(false);

                yield return number;
            }

            gate.SetResult(Last);
        }
        finally
        {
            gate.TrySetCanceled(CancellationToken.None);
            await whole.ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }
}

/// <summary>Ignores its token for a while, then writes: what is left behind must do no harm.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PumpStubborn")]
public sealed class InvokePumpStubbornCommand : MailCmdlet
{
    [Parameter]
    public int Seconds { get; set; } = 30;

    protected override void ProcessRecord() => Run(async _ =>
    {
        await OutputAsync("begun").ConfigureAwait(false);
        await PumpProbe.TrackAsync(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(Seconds), CancellationToken.None).ConfigureAwait(false);
            return 0;
        }).ConfigureAwait(false);
        await OutputAsync("too late").ConfigureAwait(false);
    });
}

/// <summary>Fails in the way it is told: the mapping of exceptions.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PumpFault")]
public sealed class InvokePumpFaultCommand : MailCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public Exception Exception { get; set; } = null!;

    [Parameter]
    public SwitchParameter Terminating { get; set; }

    protected override void ProcessRecord()
    {
        if (Terminating)
            Run(_ => Task.FromException(Exception));
        else
            Start([Exception], (thrown, _) => Task.FromException<int>(thrown));
    }
}

/// <summary>Asks before it changes something: ShouldProcess from the thread pool.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PumpChange", SupportsShouldProcess = true)]
public sealed class InvokePumpChangeCommand : ConcurrentMailCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public string[] Name { get; set; } = [];

    protected override void ProcessRecord() => Start(Name, async (name, _) =>
    {
        await VerboseAsync($"looking at {name}").ConfigureAwait(false);
        if (await ShouldProcessAsync(name, "Change").ConfigureAwait(false))
            await OutputAsync($"changed {name}").ConfigureAwait(false);
        else
            await WarningAsync($"left {name}").ConfigureAwait(false);
    });
}

/// <summary>Draws progress as fast as it can until it is stopped.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PumpProgress")]
public sealed class InvokePumpProgressCommand : MailCmdlet
{
    [Parameter]
    public int Count { get; set; } = int.MaxValue;

    protected override void ProcessRecord() => Run(async cancel =>
    {
        await PumpProbe.TrackAsync(async () =>
        {
            for (var number = 0; number < Count; number++)
            {
                await ProgressAsync(new ProgressRecord(7, "Pumping", $"record {number}")).ConfigureAwait(false);
                if (number % 1000 == 0)
                    await Task.Delay(1, cancel).ConfigureAwait(false);
            }

            return 0;
        }).ConfigureAwait(false);
    });
}

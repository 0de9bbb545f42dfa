namespace MailOps.Server.Connections.Faults;

/// <summary>Plays what is the same in every protocol.</summary>
internal static class FaultPlayer
{
    // How long the other side may still send after a half-close.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Plays a fault up to the point where the protocol has to act. The input is read from where it stands.</summary>
    /// <param name="c">The connection.</param>
    /// <param name="act">What is to be played.</param>
    /// <param name="isLinePending">True if the input is still to be advanced past the command.</param>
    public static async ValueTask<FaultEffect> PlayAsync(ServerConnection c, FaultAct act, bool isLinePending = false)
    {
        if (act.Delay > TimeSpan.Zero)
        {
            c.ExpectWithin(act.Delay + Patience);
            await Task.Delay(act.Delay, c.Clock, c.Aborted);
        }

        switch (act.Kind)
        {
            case null:
                return FaultEffect.GoOn;

            case FaultKind.Reply:
                return FaultEffect.Reply;

            case FaultKind.DropAfter:
                c.EndInputAfter(act.Octets, isLinePending);
                return FaultEffect.GoOn;

            case FaultKind.Truncate:
                // What answers earlier commands does not count.
                await c.Output.FlushAsync(c.Aborted);
                c.Meter.EndSendingAfter(act.Octets);
                return FaultEffect.GoOn;

            case FaultKind.HalfClose:
                c.End = ConnectionEnd.Dropped;
                await HalfCloseAsync(c);
                return FaultEffect.End;

            default:
                c.End = ConnectionEnd.Dropped;
                c.EndsAtOnce = true;
                return FaultEffect.End;
        }
    }

    private static async ValueTask HalfCloseAsync(ServerConnection c)
    {
        await c.Output.FlushAsync(c.Aborted);
        c.EndSending();
        c.ExpectWithin(Patience);
        while (c.Interruption is null)
        {
            var read = await c.Input.ReadAsync(c.Aborted);
            c.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }
}

/// <summary>What is left for a protocol to do after a fault was played.</summary>
internal enum FaultEffect
{
    /// <summary>What it would do.</summary>
    GoOn,

    /// <summary>To give the answer that was set.</summary>
    Reply,

    /// <summary>To end the session without a word.</summary>
    End,
}

using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Hosting;

/// <summary>The queue of mail for other servers.</summary>
public sealed partial class MailServer
{
    /// <summary>The queue as an administrator meets it, or null without <see cref="Server.Queue.OutboundOptions.Enabled"/>. Ask anew after an update of the options.</summary>
    public IQueueAccess? Queue => _outbound.Access;
}

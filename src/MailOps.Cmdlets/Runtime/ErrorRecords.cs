using System.Management.Automation;
using System.Net.Sockets;
using System.Security;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration;
using MailOps.Maildir;
using MailOps.Server.Hosting;
using MailOps.Server.Queue.Administration;
using MailOps.Wire;

namespace MailOps.Cmdlets.Runtime;

/// <summary>
/// The one place where exceptions become error records, so that scripts find the same id and category for the same
/// failure in every cmdlet. Exceptions of the libraries below are known by name: this assembly may not reference them.
/// </summary>
public static class ErrorRecords
{
    /// <summary>An error record for an exception.</summary>
    /// <param name="thrown">The exception; wrappers that say nothing are taken off.</param>
    /// <param name="targetObject">What was being worked on.</param>
    public static ErrorRecord From(Exception thrown, object? targetObject)
    {
        var cause = Unwrap(thrown);
        if (cause is IContainsErrorRecord { ErrorRecord: { } known })
            return new ErrorRecord(known, cause);

        var (id, category) = Classify(cause);
        return new ErrorRecord(cause, id, category, targetObject);
    }

    /// <summary>An error record for a finding that was no exception.</summary>
    /// <param name="errorId">A stable id in Pascal case.</param>
    /// <param name="category">The category.</param>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="targetObject">What was being worked on.</param>
    public static ErrorRecord Finding(string errorId, ErrorCategory category, string message, object? targetObject) =>
        new(new MailFindingException(message), errorId, category, targetObject);

    /// <summary>True for what the engine throws to steer a pipeline: it passes through us untouched.</summary>
    internal static bool IsFlowControl(Exception thrown) =>
        thrown is PipelineStoppedException || thrown.GetType().Name is "StopUpstreamCommandsException" or "ActionPreferenceStopException" or "BreakException" or "ContinueException" or "ExitException" or "TerminateException";

    private static Exception Unwrap(Exception thrown) =>
        thrown switch
        {
            AggregateException { InnerExceptions: [var only] } => Unwrap(only),
            System.Reflection.TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
            _ => thrown,
        };

    private static (string Id, ErrorCategory Category) Classify(Exception cause) => cause switch
    {
        SocketException socket => OfSocket(socket.SocketErrorCode),
        MailStoreException store => OfStore(store.Fault),
        MaildirException maildir => OfMaildir(maildir.Fault),
        MigrationException migration => OfMigration(migration.Fault),
        Pop3StateException state => OfState(state.Fault),
        MailSessionException session => OfSession(session.Fault),
        MailServerException server => OfServer(server.Fault),
        QueueAccessException queue => OfQueue(queue.Fault),
        // A cancellation that is not the pipeline's own is a timeout of the work.
        TimeoutException or OperationCanceledException => ("OperationTimedOut", ErrorCategory.OperationTimeout),
        System.Security.Authentication.AuthenticationException => ("TlsHandshakeFailed", ErrorCategory.SecurityError),
        FileNotFoundException or DirectoryNotFoundException => ("PathNotFound", ErrorCategory.ObjectNotFound),
        UnauthorizedAccessException => ("AccessDenied", ErrorCategory.PermissionDenied),
        SecurityException or System.Security.Cryptography.CryptographicException => ("CryptographyFailed", ErrorCategory.SecurityError),
        FormatException => ("InvalidFormat", ErrorCategory.InvalidData),
        ArgumentException => ("InvalidArgument", ErrorCategory.InvalidArgument),
        NotSupportedException => ("NotSupported", ErrorCategory.NotImplemented),
        _ => OfLibrary(cause),
    };

    private static (string Id, ErrorCategory Category) OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ("ConnectionRefused", ErrorCategory.ConnectionError),
        SocketError.TimedOut => ("ConnectionTimedOut", ErrorCategory.OperationTimeout),
        SocketError.HostNotFound or SocketError.NoData => ("HostNotFound", ErrorCategory.ObjectNotFound),
        SocketError.TryAgain or SocketError.NoRecovery => ("NameResolutionFailed", ErrorCategory.ResourceUnavailable),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown => ("HostUnreachable", ErrorCategory.ConnectionError),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => ("ConnectionLost", ErrorCategory.ConnectionError),
        SocketError.AddressAlreadyInUse => ("PortInUse", ErrorCategory.ResourceBusy),
        SocketError.AccessDenied => ("PortNotPermitted", ErrorCategory.PermissionDenied),
        SocketError.AddressNotAvailable => ("AddressNotAvailable", ErrorCategory.InvalidArgument),
        _ => ("ConnectionFailed", ErrorCategory.ConnectionError),
    };

    private static (string Id, ErrorCategory Category) OfSession(MailSessionFault fault) => fault switch
    {
        MailSessionFault.HostNotFound => ("HostNotFound", ErrorCategory.ObjectNotFound),
        MailSessionFault.ConnectFailed => ("ConnectionFailed", ErrorCategory.ConnectionError),
        MailSessionFault.TimedOut => ("OperationTimedOut", ErrorCategory.OperationTimeout),
        MailSessionFault.ConnectionLost => ("ConnectionLost", ErrorCategory.ConnectionError),
        MailSessionFault.ProtocolViolation => ("ProtocolFailed", ErrorCategory.ProtocolError),
        MailSessionFault.TlsNotOffered => ("TlsNotOffered", ErrorCategory.SecurityError),
        MailSessionFault.TlsFailed => ("TlsHandshakeFailed", ErrorCategory.SecurityError),
        MailSessionFault.CertificateNotTrusted => ("CertificateNotTrusted", ErrorCategory.SecurityError),
        MailSessionFault.CertificateNotPinned => ("CertificateNotPinned", ErrorCategory.SecurityError),
        MailSessionFault.AuthenticationNotOffered => ("AuthenticationNotOffered", ErrorCategory.AuthenticationError),
        MailSessionFault.TokenFailed => ("AccessTokenFailed", ErrorCategory.AuthenticationError),
        MailSessionFault.AuthenticationFailed => ("AuthenticationFailed", ErrorCategory.AuthenticationError),
        MailSessionFault.MailboxInUse => ("MailboxInUse", ErrorCategory.ResourceBusy),
        MailSessionFault.MailboxNotFound => ("FolderNotFound", ErrorCategory.ObjectNotFound),
        MailSessionFault.ServerBusy => ("ServerBusy", ErrorCategory.ResourceBusy),
        MailSessionFault.OverQuota => ("MailboxOverQuota", ErrorCategory.QuotaExceeded),
        MailSessionFault.TooBig => ("MessageTooBig", ErrorCategory.LimitsExceeded),
        MailSessionFault.UidValidityChanged => ("UidValidityChanged", ErrorCategory.InvalidOperation),
        _ => ("CommandRefused", ErrorCategory.InvalidOperation),
    };

    private static (string Id, ErrorCategory Category) OfStore(StoreFault fault) => fault switch
    {
        StoreFault.Full => ("StoreFull", ErrorCategory.QuotaExceeded),
        StoreFault.OverQuota => ("MailboxOverQuota", ErrorCategory.QuotaExceeded),
        StoreFault.NoMaildir => ("MaildirNotFound", ErrorCategory.ObjectNotFound),
        StoreFault.NotWritable => ("StoreNotWritable", ErrorCategory.PermissionDenied),
        StoreFault.NotPermitted => ("AccessDenied", ErrorCategory.PermissionDenied),
        StoreFault.NoHandles => ("TooManyOpenFiles", ErrorCategory.LimitsExceeded),
        _ => ("StoreFailed", ErrorCategory.DeviceError),
    };

    private static (string Id, ErrorCategory Category) OfMaildir(MaildirFault fault) => fault switch
    {
        MaildirFault.FolderNotFound => ("FolderNotFound", ErrorCategory.ObjectNotFound),
        MaildirFault.InvalidFolderName => ("InvalidFolderName", ErrorCategory.InvalidArgument),
        MaildirFault.MessageNotFound => ("MessageNotFound", ErrorCategory.ObjectNotFound),
        _ => ("InvalidFlag", ErrorCategory.InvalidArgument),
    };

    private static (string Id, ErrorCategory Category) OfMigration(MigrationFault fault) => fault switch
    {
        MigrationFault.InvalidLocation => ("InvalidMailboxLocation", ErrorCategory.InvalidArgument),
        MigrationFault.CredentialMissing => ("CredentialMissing", ErrorCategory.InvalidArgument),
        MigrationFault.KindNotSupported => ("KindNotSupported", ErrorCategory.NotImplemented),
        MigrationFault.JournalInUse => ("JournalInUse", ErrorCategory.ResourceBusy),
        MigrationFault.JournalOfOtherMailboxes => ("JournalOfOtherMailboxes", ErrorCategory.InvalidArgument),
        MigrationFault.NotAJournal => ("NotAJournal", ErrorCategory.InvalidData),
        MigrationFault.JournalTooNew => ("JournalTooNew", ErrorCategory.InvalidData),
        MigrationFault.JournalDamaged => ("JournalDamaged", ErrorCategory.InvalidData),
        MigrationFault.JournalNotWritable => ("JournalNotWritable", ErrorCategory.PermissionDenied),
        MigrationFault.JournalFull => ("JournalFull", ErrorCategory.QuotaExceeded),
        MigrationFault.JournalNotSupported => ("JournalNotSupported", ErrorCategory.NotInstalled),
        MigrationFault.InvalidStore => ("InvalidStore", ErrorCategory.InvalidArgument),
        MigrationFault.StoreNotFound => ("StoreNotFound", ErrorCategory.ObjectNotFound),
        MigrationFault.StoreTooNew => ("StoreTooNew", ErrorCategory.InvalidData),
        MigrationFault.StoreInUse => ("StoreInUse", ErrorCategory.ResourceBusy),
        MigrationFault.StoreFailed => ("StoreFailed", ErrorCategory.ConnectionError),
        MigrationFault.BatchExists => ("BatchExists", ErrorCategory.ResourceExists),
        MigrationFault.InvalidBatchName => ("InvalidBatchName", ErrorCategory.InvalidArgument),
        MigrationFault.BatchNotFound => ("BatchNotFound", ErrorCategory.ObjectNotFound),
        MigrationFault.BatchBusy => ("BatchBusy", ErrorCategory.ResourceBusy),
        MigrationFault.FolderNotFound => ("FolderNotFound", ErrorCategory.ObjectNotFound),
        MigrationFault.TargetInSource => ("TargetInSource", ErrorCategory.InvalidArgument),
        _ => ("JournalFailed", ErrorCategory.DeviceError),
    };

    private static (string Id, ErrorCategory Category) OfState(Pop3StateFault fault) => fault switch
    {
        Pop3StateFault.InUse => ("StateInUse", ErrorCategory.ResourceBusy),
        Pop3StateFault.NotAState => ("NotAState", ErrorCategory.InvalidData),
        Pop3StateFault.TooNew => ("StateTooNew", ErrorCategory.InvalidData),
        _ => ("StateDamaged", ErrorCategory.InvalidData),
    };

    private static (string Id, ErrorCategory Category) OfServer(MailServerFault fault) => fault switch
    {
        MailServerFault.PortInUse => ("PortInUse", ErrorCategory.ResourceBusy),
        MailServerFault.PortPrivileged => ("PortNotPermitted", ErrorCategory.PermissionDenied),
        MailServerFault.SocketPathUnusable => ("SocketPathUnusable", ErrorCategory.WriteError),
        MailServerFault.AddressUnavailable => ("AddressNotAvailable", ErrorCategory.InvalidArgument),
        MailServerFault.StoreNotWritable => ("StoreNotWritable", ErrorCategory.PermissionDenied),
        MailServerFault.CertificateUnusable => ("CertificateUnusable", ErrorCategory.SecurityError),
        _ => ("InvalidServerOptions", ErrorCategory.InvalidArgument),
    };

    private static (string Id, ErrorCategory Category) OfQueue(QueueAccessFault fault) => fault switch
    {
        QueueAccessFault.NoQueue => ("MailQueueNotFound", ErrorCategory.ObjectNotFound),
        QueueAccessFault.Busy => ("MailQueueBusy", ErrorCategory.ResourceBusy),
        QueueAccessFault.NotPermitted => ("MailQueueNotPermitted", ErrorCategory.PermissionDenied),
        QueueAccessFault.Lost => ("MailQueueServerLost", ErrorCategory.ConnectionError),
        QueueAccessFault.OtherVersion => ("MailQueueServerVersion", ErrorCategory.ProtocolError),
        QueueAccessFault.Invalid => ("InvalidMailQueueRequest", ErrorCategory.InvalidArgument),
        _ => ("MailQueueFailed", ErrorCategory.DeviceError),
    };

    private static (string Id, ErrorCategory Category) OfLibrary(Exception cause)
    {
        for (var type = cause.GetType(); type is not null; type = type.BaseType)
        {
            switch (type.FullName)
            {
                case "MailKit.Security.AuthenticationException" or "MailKit.Security.SaslException":
                    return ("AuthenticationFailed", ErrorCategory.AuthenticationError);
                case "MailKit.Security.SslHandshakeException":
                    return ("TlsHandshakeFailed", ErrorCategory.SecurityError);
                case "MailKit.ServiceNotConnectedException" or "MailKit.Net.Imap.ImapProtocolException" or "MailKit.ProtocolException":
                    return ("ProtocolFailed", ErrorCategory.ProtocolError);
                case "MailKit.FolderNotFoundException":
                    return ("FolderNotFound", ErrorCategory.ObjectNotFound);
                case "MailKit.CommandException":
                    return ("CommandRefused", ErrorCategory.InvalidOperation);
                case "DnsClient.DnsResponseException":
                    return ("DnsLookupFailed", ErrorCategory.ResourceUnavailable);
                case "MimeKit.ParseException":
                    return ("InvalidFormat", ErrorCategory.InvalidData);
            }
        }

        // A socket's error often comes inside an IOException, whose own words say less.
        return cause switch
        {
            { InnerException: SocketException socket } => OfSocket(socket.SocketErrorCode),
            { InnerException: System.Security.Authentication.AuthenticationException } => ("TlsHandshakeFailed", ErrorCategory.SecurityError),
            IOException => ("InputOutputFailed", ErrorCategory.ReadError),
            InvalidOperationException => ("InvalidOperation", ErrorCategory.InvalidOperation),
            _ => ("Unexpected" + cause.GetType().Name.Replace("Exception", "", StringComparison.Ordinal), ErrorCategory.NotSpecified),
        };
    }
}

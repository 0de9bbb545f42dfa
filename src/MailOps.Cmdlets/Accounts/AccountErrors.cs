using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Stable ids for what goes wrong with accounts and aliases.</summary>
internal static class AccountErrors
{
    /// <summary>The error record of a failure.</summary>
    public static ErrorRecord Of(AccountException thrown, object? target)
    {
        var (id, category) = thrown.Fault switch
        {
            AccountFault.InvalidName => ("InvalidAccountName", ErrorCategory.InvalidArgument),
            AccountFault.InvalidPassword => ("InvalidPassword", ErrorCategory.InvalidArgument),
            AccountFault.InvalidScheme => ("InvalidPasswordScheme", ErrorCategory.InvalidArgument),
            AccountFault.InvalidHash => ("InvalidPasswordHash", ErrorCategory.InvalidArgument),
            AccountFault.Exists => ("AccountExists", ErrorCategory.ResourceExists),
            AccountFault.NotFound => ("AccountNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.StoreNotFound => ("StoreNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.MailNotRemoved => ("MailNotRemoved", ErrorCategory.WriteError),
            AccountFault.InvalidAlias => ("InvalidAlias", ErrorCategory.InvalidArgument),
            AccountFault.AliasExists => ("AliasExists", ErrorCategory.ResourceExists),
            AccountFault.AliasNotFound => ("AliasNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.AliasTargetNotFound => ("AliasTargetNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.AliasTargetOutside => ("AliasTargetOutside", ErrorCategory.PermissionDenied),
            AccountFault.AliasLoop => ("AliasLoop", ErrorCategory.InvalidArgument),
            AccountFault.InvalidDomain => ("InvalidDomain", ErrorCategory.InvalidArgument),
            AccountFault.FolderNotFound => ("FolderNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.InvalidRights => ("InvalidAccessRights", ErrorCategory.InvalidArgument),
            AccountFault.PermissionNotFound => ("PermissionNotFound", ErrorCategory.ObjectNotFound),
            AccountFault.PermissionsDamaged => ("PermissionFileBroken", ErrorCategory.InvalidData),
            AccountFault.TooManyPermissions => ("TooManyPermissions", ErrorCategory.LimitsExceeded),
            AccountFault.AddressFileUnavailable => ("AddressFileUnavailable", ErrorCategory.ResourceUnavailable),
            _ => ("PasswdFileUnavailable", ErrorCategory.ResourceUnavailable),
        };
        return new ErrorRecord(thrown, id, category, target);
    }
}

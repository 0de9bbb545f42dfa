namespace MailOps.Server.Accounts.Addresses;

/// <content>The way to everybody whom the mail for an address reaches.</content>
internal sealed partial class AddressBook
{
    /// <summary>The steps of <see cref="Resolve"/>, for people.</summary>
    public IReadOnlyList<AddressStep> Trace(Address asked)
    {
        var followed = new HashSet<Alias>(ReferenceEqualityComparer.Instance);
        var steps = new List<AddressStep>();
        var open = new Stack<Address>([asked]);
        while (open.TryPop(out var address))
        {
            var found = Find(address, followed);
            if (found?.Alias is { } alias)
            {
                if (!followed.Add(alias))
                    continue;
                List<Address> targets = [.. alias.Targets.Select(target => TargetOf(target, address, found.Detail))];
                steps.Add(new AddressStep(alias.Name.IsWholeDomain ? AddressStepKind.CatchAll : AddressStepKind.Alias, address.ToString(), alias.Name.ToString(), [.. targets.Select(target => target.ToString())]));
                for (var at = targets.Count - 1; at >= 0; at--)
                    open.Push(targets[at]);
            }
            else if (found?.Account is { } account)
            {
                steps.Add(new AddressStep(AddressStepKind.Account, address.ToString(), account, []));
            }
            else if (!IsOurs(address.Domain))
            {
                steps.Add(new AddressStep(AddressStepKind.Elsewhere, address.ToString(), "", []));
            }
            else if (DomainRule.IsRole(address.Local) && (_postmaster ?? FirstAccount(address.Domain)) is { } responsible && responsible != address)
            {
                steps.Add(new AddressStep(AddressStepKind.Role, address.ToString(), "", [responsible.ToString()]));
                open.Push(responsible);
            }
            else
            {
                steps.Add(new AddressStep(AddressStepKind.Nobody, address.ToString(), "", []));
            }
        }

        return steps;
    }
}

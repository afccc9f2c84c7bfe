using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Sad;

/// <summary>
/// Single use without a database. Used SADs, SKADs and approvals of devices are remembered in memory for longer than any of them lives, and
/// all belong to one epoch: 128 random bits, drawn at the start and anew whenever the memory can no longer
/// be relied upon, because the HSM's login was lost or because somebody set the clock.
/// </summary>
/// <param name="record">Appends to the administration log.</param>
/// <param name="lastRecord">When the newest record of either log became durable.</param>
internal sealed class EpochKeeper(
    string node, Func<AuditRecord, Task> record, Func<DateTimeOffset> lastRecord, Func<long> loginGeneration, TimeProvider clock)
{
    /// <summary>How far clocks may differ: the authorization server's from ours, and ours from itself.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(2);

    /// <summary>Skew at both ends, whole seconds, and what the clock may have parted unnoticed.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    /// <summary>Longer than a SAD can be good.</summary>
    private static readonly TimeSpan Memory = SadClaims.MaximumLife + Margin;

    private readonly Lock _lock = new();
    private readonly UsedNames _used = new(clock);
    private readonly UsedNames _approved = new(clock);
    private string _epoch = Draw();
    private long _generation = loginGeneration();
    private DateTimeOffset _wallBase = clock.GetUtcNow();
    private long _steadyBase = clock.GetTimestamp();
    private DateTimeOffset _notBefore = lastRecord();
    private Task _announced = Task.CompletedTask;

    /// <summary>The epoch as drawn last, for the record of a start or stop.</summary>
    public string Last
    {
        get
        {
            lock (_lock)
            {
                return _epoch;
            }
        }
    }

    /// <summary>
    /// The newest record that any log had when the epoch in force began; nothing that names this epoch was made before. It never
    /// goes back, so after a clock was set back nothing is accepted until the clock has come to where it was.
    /// </summary>
    public DateTimeOffset NotBefore
    {
        get
        {
            lock (_lock)
            {
                return _notBefore;
            }
        }
    }

    /// <summary>The epoch in force, which is in the log before anybody hears of it.</summary>
    /// <exception cref="ProblemException">A new epoch was due and could not be recorded.</exception>
    public async ValueTask<string> CurrentAsync()
    {
        Task announced;
        string epoch;
        lock (_lock)
        {
            Observe();
            if (_announced.IsFaulted)
            {
                Announce("the record of this epoch was lost before");
            }

            announced = _announced;
            epoch = _epoch;
        }

        await announced;
        return epoch;
    }

    /// <summary>True when it was used in this epoch.</summary>
    public bool IsUsed(IAssertion assertion)
    {
        lock (_lock)
        {
            return _used.Contains((assertion.Issuer, assertion.Jti));
        }
    }

    /// <summary>
    /// Uses a SAD or SKAD up, for good, whatever happens afterwards; the last step before the HSM. All that could have
    /// changed while the request waited is looked at again. What a device approved is used up with it, both or none.
    /// </summary>
    /// <exception cref="ProblemException">One of them was used, or died while the request waited.</exception>
    public void Reserve(IAssertion assertion, DeviceApproved? approved = null)
    {
        AssertionKind kind = assertion.Kind;
        lock (_lock)
        {
            Observe();
            if (assertion.Epoch.Claims != _epoch)
            {
                throw Refusals.Create(kind.WrongEpoch, "a new epoch began while the request waited");
            }

            DateTimeOffset now = clock.GetUtcNow();
            if (now > assertion.DeadAfter + Skew)
            {
                throw Refusals.Create(kind.Expired, $"the {kind.Name} expired while the request waited");
            }

            if (_used.Contains((assertion.Issuer, assertion.Jti)))
            {
                throw Refusals.Create(kind.Used, $"another request used the {kind.Name} first");
            }

            if (approved is not null
                && !_approved.TryAdd((approved.KeyId, approved.Transaction), approved.NotAfter - now + Margin))
            {
                throw Refusals.Create(ProblemCodes.DeviceUsed, "what the device approved was used before");
            }

            _used.TryAdd((assertion.Issuer, assertion.Jti), Memory);
        }
    }

    /// <summary>
    /// Uses up a genuine SAD whose request is refused, so that the record of a refusal that names its <c>jti</c> proves
    /// that no signature came of this SAD and none will. Three codes prove nothing: <c>sad_used</c> says itself that it was
    /// used before, and what is remembered is forgotten after <see cref="Memory"/> and with the epoch, so a SAD that did
    /// sign is refused later as <c>sad_expired</c> or <c>sad_wrong_epoch</c>. One of them is the outcome, whatever the
    /// refusal was, as soon as a use might be forgotten: also of a request that waited until then.
    /// </summary>
    /// <param name="refusal">What the request is refused as.</param>
    /// <exception cref="ProblemException">The SAD was used, or a use of it might be forgotten: that is the refusal to tell.</exception>
    public void Spend(VerifiedSad sad, string refusal)
    {
        try
        {
            Reserve(sad);
        }
        catch (ProblemException unproved) when (unproved.Code != refusal)
        {
            throw Refusals.Create(unproved.Code, $"{unproved.InnerException?.Message}; besides, {refusal}", unproved);
        }
    }

    /// <summary>128 random bits, lower-case hex.</summary>
    public static string Draw() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private void Observe()
    {
        _used.ForgetTheDead();
        _approved.ForgetTheDead();
        long generation = loginGeneration();
        TimeSpan parted = clock.GetUtcNow() - _wallBase - clock.GetElapsedTime(_steadyBase);
        if (generation == _generation && parted.Duration() <= Skew)
        {
            return;
        }

        string reason = generation != _generation
            ? "the login at the HSM was lost and made anew"
            : $"the clock was set by {parted.TotalSeconds:0.0} s";
        _generation = generation;
        _wallBase = clock.GetUtcNow();
        _steadyBase = clock.GetTimestamp();
        _notBefore = lastRecord() > _notBefore ? lastRecord() : _notBefore;
        _epoch = Draw();
        _used.Clear();
        _approved.Clear();
        Announce(reason);
    }

    private void Announce(string reason) => _announced = record(new AuditRecord
    {
        V = AuditRecord.CurrentVersion,
        Index = 0,
        Node = node,
        Epoch = _epoch,
        Time = "",
        Event = AuditEvents.NewEpoch,
        Outcome = "success",
        Reason = reason,
    });
}

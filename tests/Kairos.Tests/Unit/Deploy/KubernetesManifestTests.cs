using k8s;
using k8s.Models;
using Kairos.Gateway;
using Kairos.Silo;
using Kairos.Tests.EndToEnd;
using Microsoft.Extensions.Configuration;
using Xunit;
using YamlDotNet.Core;

namespace Kairos.Tests.Unit;

/// <summary>What deploy/k8s promises, read from its files: no Kubernetes needed.</summary>
public sealed class KubernetesManifestTests
{
    private readonly KubernetesManifests _manifests = new();

    [Fact]
    public void Kustomization_names_every_file_and_every_object_is_of_a_type_of_the_API()
    {
        var files = Directory.EnumerateFiles(KubernetesManifests.Folder, "*.yaml").Select(Path.GetFileName).Where(name => name != "kustomization.yaml");

        Assert.Equal(files.Order(), KubernetesManifests.Kustomized("resources").Order());
        Assert.Equal(14, _manifests.Objects.Count);
    }

    [Fact]
    public void A_field_that_the_API_does_not_know_is_found() => Assert.ThrowsAny<YamlException>(() =>
        KubernetesManifests.Load("apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: {maxUnavailble: 1}").ToArray());

    [Fact]
    public async Task Kustomize_builds_it_and_every_reference_to_the_settings_gets_their_new_name()
    {
        if (!await ChildProcess.SucceedsAsync("kubectl", "version", "--client"))
            Assert.Skip("kubectl is not installed.");

        await using var kubectl = ChildProcess.Start("kubectl", ["kustomize", KubernetesManifests.Folder]);
        Assert.True(await kubectl.WaitForExitAsync() == 0, kubectl.Output);

        var built = KubernetesManifests.Load(kubectl.Output).ToArray();
        var settings = Assert.Single(built.OfType<V1ConfigMap>(), map => map.Metadata.Name.StartsWith("kairos-settings-", StringComparison.Ordinal));
        Assert.All(built.OfType<V1Deployment>(), deployment =>
            Assert.Equal(settings.Metadata.Name, deployment.Spec.Template.Spec.Containers[0].EnvFrom[0].ConfigMapRef.Name));
        Assert.All(built.OfType<IKubernetesObject<V1ObjectMeta>>().Where(o => o is not V1Namespace), o => Assert.Equal("kairos", o.Metadata.NamespaceProperty));
    }

    [Fact]
    public void Every_selector_finds_its_pods()
    {
        var selectors = _manifests.All<V1Deployment>().Select(deployment => deployment.Spec.Selector.MatchLabels)
            .Concat(_manifests.All<V1StatefulSet>().Select(set => set.Spec.Selector.MatchLabels))
            .Concat(_manifests.All<V1Service>().Select(service => service.Spec.Selector))
            .Concat(_manifests.All<V1PodDisruptionBudget>().Select(budget => budget.Spec.Selector.MatchLabels))
            .Concat(_manifests.All<V1NetworkPolicy>().Where(policy => policy.Spec.PodSelector.MatchLabels is not null).Select(policy => policy.Spec.PodSelector.MatchLabels))
            .Concat(_manifests.Templates.SelectMany(template => template.Spec.TopologySpreadConstraints ?? []).Select(spread => spread.LabelSelector.MatchLabels));

        Assert.All(selectors, selector => Assert.Single(_manifests.Templates, template => selector.All(label => template.Metadata.Labels.Contains(label))));
        var scaled = Assert.Single(_manifests.All<V2HorizontalPodAutoscaler>()).Spec.ScaleTargetRef;
        Assert.Contains(_manifests.All<V1Deployment>(), deployment => (deployment.Kind, deployment.Metadata.Name) == (scaled.Kind, scaled.Name));
    }

    [Fact]
    public void Every_port_that_is_named_is_one_of_its_container() => Assert.All(_manifests.Templates, template =>
    {
        var container = template.Spec.Containers.Single();
        var named = new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe }
            .Select(probe => probe?.HttpGet?.Port ?? probe?.TcpSocket?.Port).OfType<IntOrString>().Select(port => port.Value)
            .Concat(_manifests.All<V1Service>().Where(service => service.Spec.Selector.All(template.Metadata.Labels.Contains)).SelectMany(service => service.Spec.Ports).Select(port => port.TargetPort.Value))
            .Concat(_manifests.PolicyOf(ComponentOf(template)).Spec.Ingress.SelectMany(rule => rule.Ports).Select(port => port.Port.Value));

        Assert.All(named, name => Assert.Contains(container.Ports, port => port.Name == name));
    });

    [Fact]
    public void No_pod_has_rights_or_writes_but_to_its_volumes_and_all_are_bounded() => Assert.All(_manifests.Templates, template =>
    {
        var (pod, container) = (template.Spec, template.Spec.Containers.Single());
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        Assert.Contains("memory", container.Resources.Limits.Keys);
        Assert.NotNull(container.ReadinessProbe);
        Assert.NotNull(container.LivenessProbe);
    });

    [Fact]
    public void Settings_are_ones_that_the_programs_take()
    {
        var gateway = GatewaySettings.Read(ConfigurationOf("gateway"));
        var silo = SiloSettings.Read(ConfigurationOf("silo"));

        Assert.False(gateway.IsStandalone);
        Assert.Equal((silo.Cluster.ClusterId, silo.Shards.Count), (gateway.Cluster.ClusterId, gateway.Shards.Count));
        Assert.Equal([5901, silo.Silo.Port, silo.Silo.GatewayPort], _manifests.TemplateOf("silo").Spec.Containers[0].Ports.Select(port => port.ContainerPort));
        Assert.NotNull(RedisConnection.Read(ConfigurationOf("silo")));
    }

    [Fact]
    public void Kubernetes_waits_for_longer_than_a_gateway_drains()
    {
        var pod = _manifests.TemplateOf("gateway").Spec;
        var stream = GatewaySettings.Read(ConfigurationOf("gateway")).MetricsStream;
        var command = pod.Containers[0].Lifecycle.PreStop.Exec.Command;

        Assert.Equal("sleep", command[0]);
        // The last report has to reach storage as well.
        var needed = int.Parse(command[1]) + (stream.DrainPeriod + stream.DrainTimeout).TotalSeconds + 10;
        Assert.InRange(pod.TerminationGracePeriodSeconds!.Value, needed, double.MaxValue);
    }

    [Fact]
    public void Silos_and_Redis_are_reached_by_those_alone_that_need_them()
    {
        var everyone = Assert.Single(_manifests.All<V1NetworkPolicy>(), policy => policy.Spec.PodSelector.MatchLabels is null);
        Assert.Null(everyone.Spec.Ingress);
        Assert.Equal(["Ingress"], everyone.Spec.PolicyTypes);

        Assert.Equal(["6379 from silo, gateway"], PeersOf("redis"));
        Assert.Equal(["11111 from silo", "30000 from gateway", "5901 from namespace monitoring"], PeersOf("silo"));
        Assert.Equal(["5900 from anywhere"], PeersOf("gateway"));
        Assert.Equal(["Ingress", "Egress"], _manifests.PolicyOf("redis").Spec.PolicyTypes);
        Assert.Null(_manifests.PolicyOf("redis").Spec.Egress);
        Assert.DoesNotContain(_manifests.All<V1Service>(), service => service.Metadata.Name == "silo");
    }

    private static string ComponentOf(V1PodTemplateSpec template) => template.Metadata.Labels["app.kubernetes.io/component"];

    private IEnumerable<string> PeersOf(string component)
    {
        var ports = _manifests.TemplateOf(component).Spec.Containers.Single().Ports.ToDictionary(port => port.Name, port => port.ContainerPort);
        return _manifests.PolicyOf(component).Spec.Ingress.Select(rule =>
            $"{ports[rule.Ports.Single().Port.Value]} from {(rule.FromProperty is null ? "anywhere" : string.Join(", ", rule.FromProperty.Select(Name)))}");
    }

    private static string Name(V1NetworkPolicyPeer peer) =>
        peer.PodSelector?.MatchLabels["app.kubernetes.io/component"] ?? $"namespace {peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]}";

    private IConfiguration ConfigurationOf(string component)
    {
        var settings = KubernetesManifests.Settings();
        foreach (var variable in _manifests.TemplateOf(component).Spec.Containers.Single().Env)
            settings[variable.Name] = variable.Value ?? "10.1.2.3";
        return new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value)))
            .Build();
    }
}

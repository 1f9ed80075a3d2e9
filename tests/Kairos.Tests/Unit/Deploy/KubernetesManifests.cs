using k8s;
using k8s.Models;
using Kairos.Tests.EndToEnd;
using YamlDotNet.RepresentationModel;

namespace Kairos.Tests.Unit;

/// <summary>The objects of deploy/k8s, read strictly against the types of the Kubernetes API: a field that it does not know is an error.</summary>
internal sealed class KubernetesManifests
{
    public static string Folder { get; } = Path.Combine(Build.Root, "deploy", "k8s");

    /// <summary>Every object of every file that kustomization.yaml names.</summary>
    public IReadOnlyList<object> Objects { get; } =
        [.. Kustomized("resources").SelectMany(file => Load(File.ReadAllText(Path.Combine(Folder, file))))];

    public IEnumerable<V1PodTemplateSpec> Templates =>
        All<V1Deployment>().Select(deployment => deployment.Spec.Template).Concat(All<V1StatefulSet>().Select(set => set.Spec.Template));

    /// <summary>The objects of a YAML text.</summary>
    public static IEnumerable<object> Load(string yaml) => KubernetesYaml.LoadAllFromString(yaml, strict: true);

    /// <summary>A list of texts in kustomization.yaml.</summary>
    public static IReadOnlyList<string> Kustomized(string key)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, "kustomization.yaml"))));
        return [.. ((YamlSequenceNode)yaml.Documents[0].RootNode[key]).Select(node => node.ToString())];
    }

    /// <summary>The settings that kustomize makes a ConfigMap of.</summary>
    public static Dictionary<string, string?> Settings()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(Folder, "kustomization.yaml"))));
        return ((YamlSequenceNode)yaml.Documents[0].RootNode["configMapGenerator"][0]["literals"])
            .Select(node => node.ToString().Split('=', 2)).ToDictionary(pair => pair[0], string? (pair) => pair[1]);
    }

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    public V1PodTemplateSpec TemplateOf(string component) => Templates.Single(template => template.Metadata.Labels["app.kubernetes.io/component"] == component);

    public V1NetworkPolicy PolicyOf(string component) => All<V1NetworkPolicy>().Single(policy => policy.Metadata.Name == component);
}
